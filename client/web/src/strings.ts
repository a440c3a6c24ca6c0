/** Every word that people see, in one place. Plurals and lists go through Intl. */

const plural = new Intl.PluralRules('en');
const list = new Intl.ListFormat('en', { type: 'conjunction' });

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
    devices: 'Devices',
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
    people: 'People',
    settings: 'Settings',
    leave: 'Leave',
    notAllowed: 'This room does not allow it',
  },

  meeting: {
    stage: 'Participants',
    you: 'You',
    tile: (name: string, muted: boolean, self: boolean) =>
      list.format([self ? `${name} (you)` : name, ...(muted ? ['muted'] : [])]).replace(' and ', ', '),
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

  notices: {
    joined: (name: string) => `${name} joined`,
    left: (name: string) => `${name} left`,
    lost: (name: string) => `${name} lost the connection`,
    sharing: (name: string) => `${name} shares the screen`,
  },

  banner: {
    reconnecting: 'The connection was interrupted. Reconnecting…',
    attempt: (attempt: number) => `The connection was interrupted. Reconnecting, attempt ${attempt}…`,
    offline: 'This device is offline. Waiting for the network…',
    bus: 'Messages are delayed; sound and picture go on. Reconnecting…',
  },

  pages: {
    returning: 'Coming back into the meeting…',
    loading: 'One moment…',
    left: { heading: 'You left the meeting', text: 'You can close this tab.', action: 'Join again' },
    ended: { heading: 'The meeting is over', text: 'This room has ended. Ask whoever invited you if there is another.' },
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
