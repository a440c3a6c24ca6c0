import type { ChatEntry } from '@conclave/sdk';
import { Lock } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import { strings } from '../../strings';
import { linkify } from './linkify';

const text = strings.chat;

/** Within this time one goes on with what one said. */
const TOGETHER_MILLIS = 3 * 60_000;
/** Whoever is so near the end wants to see what comes. */
const NEAR_PIXELS = 80;

export function Messages({ chat }: { chat: readonly ChatEntry[] }) {
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const newest = chat.at(-1);
  useLayoutEffect(() => {
    const element = log.current;
    if (element && (follows.current || newest?.own)) element.scrollTop = element.scrollHeight;
  }, [newest]);
  return (
    <div
      ref={log}
      className="messages"
      role="log"
      aria-label={text.log}
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < NEAR_PIXELS;
      }}
    >
      {chat.length === 0 ? (
        <p className="messages-empty">{text.empty}</p>
      ) : (
        <ol>
          {chat.map((entry, index) => (
            <Message key={entry.id} entry={entry} goesOn={goesOn(chat[index - 1], entry)} />
          ))}
        </ol>
      )}
    </div>
  );
}

function goesOn(before: ChatEntry | undefined, { from, to, at }: ChatEntry): boolean {
  return before?.from === from && before.to === to && at - before.at < TOGETHER_MILLIS;
}

function Message({ entry, goesOn }: { entry: ChatEntry; goesOn: boolean }) {
  const { name, own, to, toName, text: written, at } = entry;
  const classes = ['message', own && 'own', to !== null && 'private', goesOn && 'goes-on'];
  return (
    <li className={classes.filter(Boolean).join(' ')}>
      {/* Who listens hears it with each message; who looks sees it once. */}
      <p className={`message-head ${goesOn ? 'unseen' : ''}`}>
        <bdi className="message-name">{own ? text.own : name}</bdi>
        <time dateTime={new Date(at).toISOString()}>{text.time(at)}</time>
        {to !== null && (
          <span className="message-to">
            <Lock aria-hidden size={13} />
            {own ? text.toOne(toName ?? '') : text.toYou}
          </span>
        )}
      </p>
      <p className="message-text" dir="auto">
        {linkify(written).map(({ text: shown, href }, index) =>
          href ? (
            <a key={index} href={href} target="_blank" rel="noopener noreferrer">
              {shown}
            </a>
          ) : (
            shown
          ),
        )}
      </p>
    </li>
  );
}
