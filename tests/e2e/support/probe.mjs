/** Runs inside the page before its own scripts: remembers every PeerConnection and how media arrives. */
export function installProbe() {
  const Native = window.RTCPeerConnection;
  /** @type {RTCPeerConnection[]} */
  const peers = [];
  class Recorded extends Native {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      peers.push(this);
    }
  }
  window.RTCPeerConnection = Recorded;

  /** Statistics of everything that is received on live connections. */
  async function inbound() {
    const live = peers.filter((peer) => peer.connectionState !== 'closed');
    const reports = await Promise.all(live.map((peer) => peer.getStats()));
    return reports.flatMap((report) => [...report.values()]).filter(({ type }) => type === 'inbound-rtp');
  }

  /** Senders of a live connection that have sound to send. */
  function soundSenders() {
    const live = peers.filter((peer) => peer.connectionState === 'connected');
    return live.flatMap((peer) => peer.getSenders()).filter(({ track }) => track?.kind === 'audio');
  }

  Object.assign(window, {
    conclaveProbe: {
      peers,
      inbound,
      /** Whether the microphone's sound leaves this page. */
      microphoneIsOpen: () => soundSenders().some(({ track }) => track?.enabled === true),
      /** Sends the microphone's sound, whatever the page has switched off. */
      forceMicrophone() {
        for (const { track } of soundSenders()) if (track) track.enabled = true;
      },
      /** Energy of what the microphone hears while it is open, and packets of sound that left. */
      async outboundSound() {
        const reports = await Promise.all(soundSenders().map((sender) => sender.getStats()));
        const stats = reports.flatMap((report) => [...report.values()]);
        const sum = (/** @type {string} */ type, /** @type {string} */ field) =>
          stats.filter((each) => each.type === type).reduce((total, each) => total + (each[field] ?? 0), 0);
        return { energy: sum('media-source', 'totalAudioEnergy'), packets: sum('outbound-rtp', 'packetsSent') };
      },
      /** Of everything that is received: packets, decoded pictures, and energy of what is heard. */
      async inboundMedia() {
        const sum = { packets: 0, frames: 0, energy: 0 };
        for (const { packetsReceived = 0, framesDecoded = 0, totalAudioEnergy = 0 } of await inbound()) {
          sum.packets += packetsReceived;
          sum.frames += framesDecoded;
          sum.energy += totalAudioEnergy;
        }
        return sum;
      },
      /** Of everything that was ever sent: packets, and bytes of payload that were not sent before. */
      async outboundMedia() {
        const reports = await Promise.all(peers.map((peer) => peer.getStats()));
        const sent = reports.flatMap((report) => [...report.values()]).filter(({ type }) => type === 'outbound-rtp');
        const sum = (/** @type {string} */ field) => sent.reduce((total, each) => total + (each[field] ?? 0), 0);
        return { packets: sum('packetsSent'), payload: sum('bytesSent') - sum('retransmittedBytesSent') };
      },
      /** What the video in an element shows. @param {Element} element */
      async picture(element) {
        const video = element.querySelector('video');
        const stream = /** @type {MediaStream | null} */ (video?.srcObject ?? null);
        const id = stream?.getVideoTracks()[0]?.id;
        const stats = (await inbound()).find(({ trackIdentifier }) => trackIdentifier === id);
        if (!stats) return { track: '', frames: 0, width: 0, height: 0, painted: 0 };
        const painted = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
        return { track: id, frames: stats.framesDecoded, width: stats.frameWidth ?? 0, height: stats.frameHeight ?? 0, painted };
      },
      /** Energy of each audio slot that receives anything. */
      async voices() {
        const voices = (await inbound()).filter(({ kind }) => kind === 'audio');
        return Object.fromEntries(voices.map(({ mid, totalAudioEnergy }) => [mid, totalAudioEnergy]));
      },
    },
  });
}
