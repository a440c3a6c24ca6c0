/** Every word that people see, in one place. Plurals and lists go through Intl. */

const plural = new Intl.PluralRules('en');
const list = new Intl.ListFormat('en', { type: 'conjunction' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

function people(count: number): string {
  return plural.select(count) === 'one' ? `${count} person` : `${count} people`;
}

export const strings = {
  product: 'Conclave',
  document: (title: string) => (title ? `${title} · Conclave` : 'Conclave'),
  privacy: {
    short: 'Encrypted in transit, not end to end',
    long: 'Sound and picture are encrypted on their way. They are not end-to-end encrypted yet: the server that you use could listen.',
  },
  close: 'Close',

  start: {
    heading: 'Meet without an account',
    lead: 'Make a room, send its link, and talk. Nothing to install, nobody to sign up with.',
    titleLabel: 'Name of the meeting (optional)',
    create: 'Create a room',
    creating: 'Creating…',
    closedHeading: 'Nothing to start here',
    closed:
      'Rooms on this server are made by its operator’s application. If somebody sent you a link, open that.',
    unreachable: 'The server could not be reached. Check your connection, then try again.',
    tooMany: 'As many meetings as this server allows are open. Try again in a while.',
  },

  share: {
    heading: 'Your room is ready',
    text: 'Send this link to everybody who is to come. Whoever has it can join.',
    label: 'Link to share',
    copy: 'Copy link',
    copied: 'Copied',
  },

  lobby: {
    heading: 'Ready to join?',
    name: 'Your name',
    nameHint: 'Everybody in the meeting sees it.',
    nameMissing: 'Say who you are, so that others know.',
    join: 'Join',
    joining: 'Joining…',
    checking: 'Checking the link…',
    cameraOff: 'Your camera is off',
    cameraOpening: 'Your camera is starting…',
    preview: 'Your camera’s picture',
    mutedOnStart: 'In this meeting people come in muted.',
    waitingRoom: 'A host lets people in.',
    devices: 'Devices',
  },

  waiting: {
    heading: 'You are at the door',
    text: 'A host will let you in. They see that you wait, and your name.',
    as: (name: string) => `You wait as ${name}.`,
    leave: 'Leave',
  },

  devices: {
    camera: 'Camera',
    microphone: 'Microphone',
    speaker: 'Loudspeaker',
    systemDefault: 'System default',
    test: 'Play a test sound',
    level: 'Microphone level',
    heading: 'Settings',
    problem: {
      camera: {
        denied: 'Your browser blocks the camera. Allow it beside the address, then switch it on. You can join without it.',
        missing: 'No camera was found. You can join without one.',
        busy: 'Another program uses the camera. Close that, then switch it on.',
        lost: 'The camera was unplugged.',
        unavailable: 'This browser cannot use the camera here. You can join without it.',
      },
      microphone: {
        denied: 'Your browser blocks the microphone. Allow it beside the address, then unmute. You can join and listen.',
        missing: 'No microphone was found. You can join and listen.',
        busy: 'Another program uses the microphone. Close that, then unmute.',
        lost: 'The microphone was unplugged.',
        unavailable: 'This browser cannot use the microphone here. You can join and listen.',
      },
      screen: 'The screen could not be shared.',
    },
  },

  bar: {
    label: 'Meeting controls',
    mute: 'Mute',
    unmute: 'Unmute',
    stopCamera: 'Stop camera',
    startCamera: 'Start camera',
    share: 'Share screen',
    stopShare: 'Stop sharing',
    raiseHand: 'Raise hand',
    lowerHand: 'Lower hand',
    react: 'React',
    chat: 'Chat',
    unread: (count: number) => `${count} unread ${plural.select(count) === 'one' ? 'message' : 'messages'}`,
    people: 'People',
    waiting: (count: number) => `${people(count)} at the door`,
    host: 'Host controls',
    settings: 'Settings',
    more: 'More',
    leave: 'Leave',
  },

  /** Why something cannot be done now. */
  locked: {
    hidden: 'You are hidden: you watch and listen.',
    microphone: { off: 'This room has no sound.', locked: 'A host has locked microphones.', moderators: 'Only hosts can speak here.' },
    camera: { off: 'This room has no cameras.', locked: 'A host has locked cameras.', moderators: 'Only hosts can use a camera in this room.' },
    screen: { off: 'This room has no screen sharing.', locked: 'A host has locked screen sharing.', moderators: 'Only hosts can share a screen here.' },
    chat: { off: 'This room has no chat.', locked: 'A host has locked the chat.', moderators: 'Only hosts can write here.' },
    privateChat: { off: 'This room has no chat.', locked: 'A host has locked private messages.', moderators: 'Only hosts can write to one person here.' },
    hand: { off: 'This room has no raised hands.', locked: 'A host has locked raised hands.', moderators: 'Only hosts can raise a hand here.' },
    reactions: { off: 'This room has no reactions.', locked: 'A host has locked reactions.', moderators: 'Only hosts can react here.' },
    moderate: { off: 'Only hosts can do that.', locked: 'Only hosts can do that.', moderators: 'Only hosts can do that.' },
    heading: 'Locked in this room',
  },

  reactions: {
    names: {
      thumbs_up: 'Thumbs up',
      applause: 'Applause',
      heart: 'Heart',
      laugh: 'Laugh',
      surprise: 'Surprise',
      sad: 'Sad',
      celebrate: 'Celebrate',
      thumbs_down: 'Thumbs down',
    },
    said: (name: string, reaction: string) => `${name}: ${reaction}`,
  },

  meeting: {
    stage: 'Participants',
    you: 'You',
    tile: (name: string, { muted = false, hand = false, self = false }) =>
      [self ? `${name} (you)` : name, ...(muted ? ['muted'] : []), ...(hand ? ['hand raised'] : [])].join(', '),
    screenOf: (name: string, self: boolean) => (self ? 'Your screen' : `Screen of ${name}`),
    muted: 'Muted',
    speaking: 'Speaking',
    moderator: 'Host',
    cameraOn: 'Camera on',
    sharing: 'Shares the screen',
    alone: 'Nobody else is here yet',
    aloneHint: 'Others join with the link of this meeting.',
    more: (count: number) => `${count} more`,
    count: people,
    peopleHeading: (count: number) => `People (${count})`,
    hear: 'Click to hear the others',
    hearHint: 'Your browser keeps sound off until you click.',
    mutedSpeaking: 'You are speaking, but you are muted.',
    pushToTalk: 'Hold Space to talk',
  },

  people: {
    options: (name: string) => `Options for ${name}`,
    handPlace: (place: number) => `Hand raised, number ${place}`,
    muteAll: 'Mute all',
    lowerAll: 'Lower all hands',
    waiting: (count: number) => `At the door (${count})`,
    admit: 'Admit',
    admitOne: (name: string) => `Admit ${name}`,
    refuse: 'Refuse',
    refuseOne: (name: string) => `Refuse ${name}`,
    admitAll: 'Admit all',
    hidden: 'Hidden: only hosts see them',
    mute: 'Mute',
    stopCamera: 'Stop camera',
    stopScreen: 'Stop sharing',
    lowerHand: 'Lower hand',
    write: 'Send a private message',
    promote: 'Make host',
    demote: 'Make participant',
    remove: 'Remove…',
    ban: 'Ban…',
    removing: {
      heading: (name: string) => `Remove ${name}?`,
      text: 'They are out of the meeting at once. With the link they can ask to come in again.',
      action: 'Remove',
    },
    banning: {
      heading: (name: string) => `Ban ${name}?`,
      text: 'They are out of the meeting at once and cannot come back: this device, this person’s account and the link that they came by are refused until the meeting is over. If others came by the same link, they stay, but new people need a new one.',
      action: 'Ban',
    },
    link: 'Link of this meeting',
  },

  chat: {
    heading: 'Chat',
    note: 'Messages are not stored. They are not end-to-end encrypted: whoever runs the server could read them.',
    log: 'Messages',
    empty: 'Nothing was written yet.',
    to: 'To',
    everyone: 'Everyone',
    goneOption: (name: string) => `${name} (left)`,
    gone: (name: string) => `${name} is not here any more.`,
    field: 'Message',
    placeholder: 'Write to everyone',
    placeholderOne: (name: string) => `Write to ${name} alone`,
    send: 'Send',
    left: (count: number) => `${plural.select(count) === 'one' ? '1 character' : `${count} characters`} left`,
    over: (count: number) => `${plural.select(count) === 'one' ? '1 character' : `${count} characters`} too long`,
    notSent: 'Not sent: the connection is interrupted. Try again in a moment.',
    own: 'You',
    toYou: 'to you alone',
    toOne: (name: string) => `to ${name} alone`,
    time: (millis: number) => clock.format(millis),
  },

  host: {
    heading: 'Host controls',
    lead: 'Locks hold for everybody but hosts, at once.',
    locks: {
      microphone: { label: 'Lock microphones', text: 'Only hosts can speak. Microphones that are on go off.' },
      camera: { label: 'Lock cameras', text: 'Only hosts can show their camera. Cameras that are on go off.' },
      screen: { label: 'Lock screen sharing', text: 'Only hosts can share a screen. What is shared now stops.' },
      chat: { label: 'Lock the chat', text: 'Only hosts can write, to everyone or to one.' },
      private_chat: { label: 'Lock private messages', text: 'Only hosts can write to one person alone.' },
      reactions: { label: 'Lock reactions', text: 'Only hosts can react.' },
    },
    waitingRoom: { label: 'Waiting room', text: 'Whoever comes waits at the door until a host lets them in. Who is in stays.' },
    link: {
      heading: 'Link',
      text: 'A new link makes the one before it worthless. Whoever is in the meeting stays.',
      replace: 'Replace the link',
      first: 'There is no link to give to others yet. A link lets in whoever has it, as a participant.',
      make: 'Make a link',
      busy: 'One moment…',
      failed: 'There is no new link: the server could not be reached. Try again.',
    },
    end: 'End for all',
    endHint: 'Everybody leaves; the room is gone.',
    leaveHint: 'The meeting goes on without you.',
    ending: {
      heading: 'End the meeting for all?',
      text: 'Everybody leaves at once, and nobody can come back: the room is gone, with its chat.',
      action: 'End for all',
    },
  },

  cancel: 'Cancel',

  notices: {
    joined: (name: string) => `${name} joined`,
    left: (name: string) => `${name} left`,
    lost: (name: string) => `${name} lost the connection`,
    removed: (name: string) => `${name} was removed`,
    sharing: (name: string) => `${name} shares the screen`,
    hand: (name: string) => `${name} raises a hand`,
    waiting: (name: string) => `${name} is at the door`,
    host: 'You are a host now',
    guest: 'You are not a host any more',
    chat: (name: string, text: string) => `${name}: ${text}`,
    chatToYou: (name: string, text: string) => `${name}, to you alone: ${text}`,
    openChat: 'Open chat',
    silenced: (name: string, sources: readonly ('microphone' | 'camera' | 'screen')[]) => {
      const parts = { microphone: 'muted you', camera: 'switched off your camera', screen: 'stopped your screen sharing' };
      return `${name || 'A host'} ${list.format(sources.map((source) => parts[source]))}`;
    },
    locked: {
      microphone: 'A host locked microphones',
      camera: 'A host locked cameras',
      screen: 'A host locked screen sharing',
      chat: 'A host locked the chat',
      private_chat: 'A host locked private messages',
      reactions: 'A host locked reactions',
    },
    unlocked: {
      microphone: 'Everybody can unmute again',
      camera: 'Everybody can use a camera again',
      screen: 'Everybody can share a screen again',
      chat: 'Everybody can write in the chat again',
      private_chat: 'Everybody can send private messages again',
      reactions: 'Everybody can react again',
    },
    waitingRoomOn: 'New people wait at the door from now on',
    waitingRoomOff: 'New people come in without waiting',
    declined: {
      media: 'That is locked.',
      chat: 'Your message was not sent.',
      private_chat: 'Your private message was not sent.',
      hand: 'Your hand was not raised.',
      reaction: 'Your reaction was not shown.',
      moderation: 'That was not done.',
    },
    because: {
      off: 'This room does not have it.',
      locked: 'A host has locked it.',
      not_moderator: 'Only hosts can do that.',
      gone: 'The other person is not here any more.',
      last_moderator: 'A meeting keeps at least one host: make somebody else host first.',
    },
  },

  banner: {
    reconnecting: 'The connection was interrupted. Reconnecting…',
    attempt: (attempt: number) => `The connection was interrupted. Reconnecting, attempt ${attempt}…`,
    offline: 'This device is offline. Waiting for the network…',
    bus: 'Messages are delayed; sound and picture go on. Reconnecting…',
    fiveMinutes: 'The meeting ends in less than five minutes.',
    oneMinute: 'The meeting ends in less than a minute.',
  },

  pages: {
    returning: 'Coming back into the meeting…',
    loading: 'One moment…',
    left: { heading: 'You left the meeting', text: 'You can close this tab.', action: 'Join again' },
    ended: {
      heading: 'The meeting is over',
      text: 'This room has ended. Ask whoever invited you if there is another.',
      moderator: 'A host ended it for everybody.',
      duration: 'Its time was up.',
      application: 'The application that made it ended it.',
      empty: 'Nobody was there for a while.',
    },
    removed: {
      removed: {
        heading: 'A host removed you',
        text: 'You are out of the meeting. If that was a mistake, ask whoever invited you, then open the link again.',
      },
      banned: {
        heading: 'A host banned you',
        text: 'You are out of this meeting and cannot come back into it.',
      },
      refused: {
        heading: 'You were not let in',
        text: 'A host did not let you in. Ask whoever invited you.',
      },
      flooded: {
        heading: 'You were disconnected',
        text: 'This page sent more messages than anybody can write, so the server cut it off. A program on this device may have done that.',
      },
    },
    blocked: {
      heading: 'You cannot come in',
      text: 'A host removed you from this meeting, and what you came with is refused. Ask whoever invited you.',
    },
    full: {
      heading: 'The room is full',
      text: 'As many people as it allows are in it. Try again when somebody has left.',
      action: 'Try again',
    },
    credential: {
      heading: 'This link does not work',
      text: 'It is incomplete, has expired, or was used on another device. Ask for a new one.',
    },
    displaced: {
      heading: 'The meeting goes on in another tab',
      text: 'You opened it a second time, and the newer tab took over.',
      action: 'Use this tab instead',
    },
    clock: {
      heading: 'This device’s clock is wrong',
      text: 'The server refuses requests with a wrong time. Set the clock to automatic, then try again.',
      action: 'Try again',
    },
    insecure: {
      heading: 'This address is not secure',
      text: 'Browsers give keys, camera and microphone only to pages opened with https:// (or on this machine as localhost). Ask the operator for the https address.',
    },
    browser: {
      heading: 'This browser is too old',
      text: 'Conclave needs a current Chrome, Edge, Firefox or Safari: update yours, then open the link again.',
    },
    failed: {
      heading: 'Something went wrong',
      text: 'The meeting could not be joined.',
      action: 'Try again',
    },
    home: 'To the start page',
  },

  errors: {
    network: 'The server could not be reached. Check your connection, then join again.',
    busy: 'The server is busy. Try again in a moment.',
  },
} as const;
