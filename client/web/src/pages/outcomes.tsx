/** How a visit can end, or not begin: each its own page with what to do next. */
import type { ConclaveError, EndReason, RemovedHow, Unsupported } from '@conclave/sdk';
import { ShieldAlert } from 'lucide-react';
import type { Router } from '../app/route';
import type { Visit } from '../app/visit';
import { strings } from '../strings';
import { Button } from '../ui/Button';
import { NoticePage } from './NoticePage';

const text = strings.pages;

export function UnsupportedPage({ reason }: { reason: Unsupported }) {
  return <NoticePage {...text[reason]} />;
}

interface IncompleteLinkProps {
  lacks: 'ticket' | 'key';
  router: Router;
}

export function IncompleteLink({ lacks, router }: IncompleteLinkProps) {
  return (
    <NoticePage {...(lacks === 'key' ? text.incompleteKey : text.credential)}>
      <Home router={router} />
    </NoticePage>
  );
}

export function Left({ router }: { router: Router }) {
  return (
    <NoticePage {...text.left}>
      <Again label={text.left.action} />
      <Home router={router} />
    </NoticePage>
  );
}

/** `reason` is null where it is not known: the room was over already. */
export function Ended({ reason, router }: { reason: EndReason | null; router: Router }) {
  const { heading, text: over, ...reasons } = text.ended;
  return (
    <NoticePage heading={heading} text={reason === null ? over : reasons[reason]}>
      <Home router={router} />
    </NoticePage>
  );
}

export function Removed({ how, router }: { how: Exclude<RemovedHow, 'ended'>; router: Router }) {
  return (
    <NoticePage {...text.removed[how]}>
      <Home router={router} />
    </NoticePage>
  );
}

export function Displaced({ visit }: { visit: Visit }) {
  return (
    <NoticePage {...text.displaced}>
      <Button look="primary" onClick={() => visit.takeOver()}>
        {text.displaced.action}
      </Button>
    </NoticePage>
  );
}

export function Failed({ problem, router }: { problem: ConclaveError; router: Router }) {
  switch (problem.problem) {
    case 'ended':
      return <Ended reason={null} router={router} />;
    case 'credential':
      return <IncompleteLink lacks="ticket" router={router} />;
    case 'downgraded':
      return (
        <NoticePage {...text.downgraded} icon={ShieldAlert}>
          <Home router={router} />
        </NoticePage>
      );
    case 'no_encryption':
      return (
        <NoticePage {...text.noEncryption}>
          <Home router={router} />
        </NoticePage>
      );
    case 'blocked':
      return (
        <NoticePage {...text.blocked}>
          <Home router={router} />
        </NoticePage>
      );
    case 'unsupported':
      return <UnsupportedPage reason="browser" />;
    case 'full':
    case 'clock':
      return (
        <NoticePage {...text[problem.problem]}>
          <Again label={text[problem.problem].action} />
        </NoticePage>
      );
    default:
      return (
        <NoticePage heading={text.failed.heading} text={explain(problem)}>
          <Again label={text.failed.action} />
        </NoticePage>
      );
  }
}

/** An edge's answer is a sentence for people; other errors are for the console. */
function explain({ httpStatus, message }: ConclaveError): string {
  return httpStatus === undefined ? text.failed.text : `${text.failed.text} ${message}`;
}

/** A fresh start at the same address. */
function Again({ label }: { label: string }) {
  return (
    <Button look="primary" onClick={() => location.reload()}>
      {label}
    </Button>
  );
}

function Home({ router }: { router: Router }) {
  return <Button onClick={() => router.go('/')}>{strings.pages.home}</Button>;
}
