/**
 * Lets this page load scripts of its own origin as workers, and none from elsewhere, where a page may only load scripts that a policy of
 * trusted types has let through (the Content-Security-Policy of our edges says so).
 */
interface Factory {
  readonly defaultPolicy: unknown;
  createPolicy(name: string, rules: { createScriptURL(url: string): string | null }): unknown;
}

export function trustOwnWorkers(): void {
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  if (!factory || factory.defaultPolicy) return;
  try {
    // A worker's address passes the policy called `default` by itself: bundlers know workers only as they are usually written.
    factory.createPolicy('default', { createScriptURL: (url) => (isOwn(url) ? url : null) });
  } catch {
    // Another page's policy forbids to make one: then starting the worker says what is wrong.
  }
}

function isOwn(url: string): boolean {
  const { protocol, origin } = new URL(url, location.href);
  return origin === location.origin && protocol === location.protocol;
}
