import { type ReactNode, useEffect, useRef } from 'react';
import { Brand } from '../ui/Brand';

/** A page with one thing to say, and what to do next. */
export function NoticePage({ heading, text, children }: { heading: string; text: string; children?: ReactNode }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Whoever listens hears at once that the page is another.
    title.current?.focus();
  }, []);
  return (
    <main className="page notice">
      <Brand />
      <div className="notice-card">
        <h1 ref={title} tabIndex={-1}>
          {heading}
        </h1>
        <p>{text}</p>
        {children && <div className="actions">{children}</div>}
      </div>
    </main>
  );
}
