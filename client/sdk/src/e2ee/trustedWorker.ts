/**
 * Lets this page start its own workers and nothing else, where a page may only load scripts that a policy of
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
  return new URL(url, location.href).origin === location.origin;
}
