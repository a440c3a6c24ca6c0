/** A short chime through the chosen loudspeaker. */

type SinkContext = AudioContext & { setSinkId?(id: string): Promise<void> };

export function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

export async function playTestSound(speakerId: string): Promise<void> {
  const context: SinkContext = new AudioContext();
  await context.setSinkId?.(speakerId).catch(() => undefined);
  const notes = [523.25, 659.25, 783.99];
  const length = 0.22;
  notes.forEach((frequency, index) => {
    const start = context.currentTime + index * length;
    const oscillator = new OscillatorNode(context, { frequency });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(0.25, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, start + length * 1.6);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + length * 1.6);
    if (index === notes.length - 1) oscillator.onended = () => void context.close();
  });
}
