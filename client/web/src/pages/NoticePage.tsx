import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Brand } from '../ui/Brand';

interface NoticePageProps {
  heading: string;
  text: string;
  /** What to do about it, where that needs a paragraph of its own. */
  todo?: string;
  /** For what must not be taken for something ordinary. */
  icon?: LucideIcon;
  children?: ReactNode;
}

/** A page with one thing to say, and what to do next. */
export function NoticePage({ heading, text, todo, icon: Icon, children }: NoticePageProps) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Whoever listens hears at once that the page is another.
    title.current?.focus();
  }, []);
  return (
    <main className="page notice">
      <Brand />
      <div className="notice-card">
        {Icon && <Icon aria-hidden className="notice-icon" size={40} strokeWidth={1.5} />}
        <h1 ref={title} tabIndex={-1}>
          {heading}
        </h1>
        <p>{text}</p>
        {todo && <p className="todo">{todo}</p>}
        {children && <div className="actions">{children}</div>}
      </div>
    </main>
  );
}
