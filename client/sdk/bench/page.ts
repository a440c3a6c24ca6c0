/** Starts the measuring worker and hands on what it says. */
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => Reflect.set(window, 'measured', data);
worker.onerror = ({ message }) => Reflect.set(window, 'measured', { failed: message });
worker.postMessage('begin');
