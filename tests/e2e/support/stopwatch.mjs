/** Runs inside the page before its own scripts: times from the click on Join, in milliseconds. */
export function installStopwatch() {
  const times = { frame: 0, sound: 0, answer: 0, ice: 0, secure: 0, offerBytes: 0 };
  let clicked = 0;
  let invited = false;
  const since = (/** @type {number} */ now) => now - clicked;

  addEventListener(
    'click',
    (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (button?.textContent !== 'Join' || clicked > 0) return;
      clicked = performance.now();
      watchConnection();
      watchFrames();
      watchSound();
    },
    true,
  );

  const nativeFetch = window.fetch;
  window.fetch = async (input, init) => {
    const response = await nativeFetch(input, init);
    const path = new URL(response.url).pathname;
    if (path === '/v1/invite') invited = true;
    if (path === '/v1/join') {
      times.answer = since(performance.now());
      times.offerBytes = JSON.parse(String(init?.body)).offer.length;
    }
    return response;
  };

  /** When the path is found, and when its keys are agreed. */
  function watchConnection() {
    for (const peer of /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'conclaveProbe').peers)) {
      peer.addEventListener('iceconnectionstatechange', () => {
        if (peer.iceConnectionState === 'connected') times.ice ||= since(performance.now());
      });
      peer.addEventListener('connectionstatechange', () => {
        if (peer.connectionState === 'connected') times.secure ||= since(performance.now());
      });
    }
  }

  /** The first frame in a tile that is not one's own. */
  function watchFrames() {
    const seen = new WeakSet();
    const look = () => {
      for (const video of document.querySelectorAll('figure:not([aria-label*="(you)"]) video')) {
        if (seen.has(video) || !(video instanceof HTMLVideoElement)) continue;
        seen.add(video);
        video.requestVideoFrameCallback((now) => (times.frame ||= since(now)));
      }
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  }

  /** The first packet of sound that was played. */
  function watchSound() {
    const timer = setInterval(() => {
      const peers = /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'conclaveProbe').peers);
      const heard = peers
        .flatMap((peer) => peer.getReceivers())
        .filter(({ track }) => track.kind === 'audio')
        .some((receiver) => receiver.getSynchronizationSources().length > 0);
      if (!heard) return;
      times.sound = since(performance.now());
      clearInterval(timer);
    }, 4);
  }

  Object.assign(window, {
    conclaveStopwatch: {
      read: () => ({
        ...times,
        lobbyReady:
          invited &&
          Reflect.get(window, 'conclaveProbe').peers.some((/** @type {RTCPeerConnection} */ p) => p.localDescription) &&
          (document.querySelector('video')?.videoWidth ?? 0) > 0,
      }),
    },
  });
}
