/** Something is on its way. */
export function Splash({ text }: { text: string }) {
  return (
    <main className="splash">
      <p role="status">
        <span className="spinner" aria-hidden />
        {text}
      </p>
    </main>
  );
}
