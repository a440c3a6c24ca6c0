import type { ChatEntry, Pid } from '@conclave/sdk';
import { KeyRound, Lock } from 'lucide-react';
import { Fragment, useLayoutEffect, useRef } from 'react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { strings } from '../../strings';
import { FileCard } from './FileCard';
import { linkify } from './linkify';
import { dividerOf, goesOn } from './sections';

const text = strings.chat;

/** Whoever is so near the end wants to see what comes. */
const NEAR_PIXELS = 80;

export function Messages({ meeting }: Pick<Visit, 'meeting'>) {
  const { chat } = useStore(meeting);
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const newest = chat.at(-1);
  const nameOf = useNames(meeting);
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
          {chat.map((entry, index) => {
            const before = chat[index - 1];
            const divider = dividerOf(before, entry, nameOf);
            return (
              <Fragment key={entry.id}>
                {divider && <li className="message-divider">{divider}</li>}
                <Message entry={entry} goesOn={!divider && goesOn(before, entry)} meeting={meeting} />
              </Fragment>
            );
          })}
        </ol>
      )}
    </div>
  );
}

/** What people are called, those who left since this was opened included. */
function useNames(meeting: Visit['meeting']): (pid: Pid) => string {
  const { people, chat } = useStore(meeting);
  const names = useRef(new Map<Pid, string>());
  for (const { from, name } of chat) if (name) names.current.set(from, name);
  for (const { pid, name } of people) names.current.set(pid, name);
  return (pid) => names.current.get(pid) ?? text.old.somebody;
}

interface MessageProps {
  entry: ChatEntry;
  goesOn: boolean;
  meeting: Visit['meeting'];
}

function Message({ entry, goesOn, meeting }: MessageProps) {
  const { name, own, to, toName, at, old } = entry;
  const classes = ['message', own && 'own', to !== null && 'private', old && 'old', goesOn && 'goes-on'];
  return (
    <li className={classes.filter(Boolean).join(' ')}>
      {/* Who listens hears it with each message; who looks sees it once. */}
      <p className={`message-head ${goesOn ? 'unseen' : ''}`}>
        <bdi className="message-name">{own ? text.own : name}</bdi>
        <time dateTime={new Date(at).toISOString()}>{old ? text.oldTime(at) : text.time(at)}</time>
        {to !== null && (
          <span className="message-to">
            <Lock aria-hidden size={13} />
            {own ? text.toOne(toName ?? '') : text.toYou}
          </span>
        )}
      </p>
      <Content entry={entry} meeting={meeting} />
    </li>
  );
}

function Content({ entry, meeting }: Omit<MessageProps, 'goesOn'>) {
  if (entry.unreadable) {
    return (
      <p className="message-text unreadable">
        <KeyRound aria-hidden size={16} />
        {text.unreadable}
      </p>
    );
  }
  return (
    <>
      {entry.text !== '' && (
        <p className="message-text" dir="auto">
          {linkify(entry.text).map(({ text: shown, href }, index) =>
            href ? (
              <a key={index} href={href} target="_blank" rel="noopener noreferrer">
                {shown}
              </a>
            ) : (
              shown
            ),
          )}
        </p>
      )}
      {entry.file && <FileCard entry={entry} file={entry.file} meeting={meeting} />}
    </>
  );
}
