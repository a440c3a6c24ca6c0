/** Stands between browsers and servers and keeps what goes by, as the servers get it: after the transport's encryption. */
import { once } from 'node:events';
import { createServer as createHttpServer, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { WebSocketReader } from './webSocket.mjs';

/** @typedef {{ bytes: () => Buffer, stop: () => Promise<void> }} Recorder */

/**
 * Everything that browsers ask the edge for: addresses, headers and bodies.
 * @param {number} port Where browsers connect.
 * @param {number} behind Where the edge is.
 * @returns {Promise<Recorder>}
 */
export async function recordHttp(port, behind) {
  const kept = /** @type {Buffer[]} */ ([]);
  const server = createHttpServer((asked, answer) => {
    const { method, url: path, headers, rawHeaders } = asked;
    kept.push(Buffer.from(`${method} ${path}\n${rawHeaders.join('\n')}\n`));
    asked.on('data', (chunk) => kept.push(chunk));
    const onward = request({ host: '127.0.0.1', port: behind, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { bytes: () => Buffer.concat(kept), stop };
}

/**
 * What browsers and NATS tell each other by WebSocket, in both directions, unmasked. Each direction of each connection
 * stands together, so that a message is whole however it was cut.
 * @param {number} port Where browsers connect.
 * @param {number} behind Where NATS is.
 * @returns {Promise<Recorder>}
 */
export async function recordWebSocket(port, behind) {
  const readers = /** @type {WebSocketReader[]} */ ([]);
  const open = /** @type {Set<import('node:net').Socket>} */ (new Set());
  const server = createServer((browser) => {
    const nats = connect(behind, '127.0.0.1');
    pass(browser, nats, withoutExtensions);
    pass(nats, browser, (head) => head);
  });
  /** @param {import('node:net').Socket} from @param {import('node:net').Socket} to @param {(head: string) => string} change */
  function pass(from, to, change) {
    const reader = new WebSocketReader();
    readers.push(reader);
    open.add(from);
    let head = Buffer.alloc(0);
    let isOpen = false;
    from.on('data', (chunk) => {
      if (isOpen) {
        reader.push(chunk);
        to.write(chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      isOpen = true;
      const rest = head.subarray(end + 4);
      reader.opened(head.subarray(0, end));
      reader.push(rest);
      to.write(`${change(head.toString('latin1', 0, end))}\r\n\r\n`);
      to.write(rest);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
  }
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { bytes: () => Buffer.concat(readers.map((reader) => reader.bytes())), stop };
}

/** Without what would compress messages. @param {string} head */
function withoutExtensions(head) {
  return head.replaceAll(/\r\nsec-websocket-extensions:[^\r]*/gi, '');
}
