/** An application's backend: it makes rooms and asks for join tokens, with signed requests. */
import { createHmac } from 'node:crypto';

export class Application {
  /** @param {import('./system.mjs').Connection} connection */
  constructor({ url, api_key, api_secret }) {
    this.url = url;
    this.key = api_key;
    this.secret = api_secret;
  }

  /**
   * @param {string} room
   * @param {{ empty_timeout?: number, max_participants?: number, room_features?: object, locks?: object }} [options]
   */
  create(room, { room_features = {}, locks = {}, ...options } = {}) {
    const metadata = { room_title: room, room_features, default_lock_settings: locks };
    return this.#post('/auth/room/create', { room_id: room, ...options, metadata });
  }

  /**
   * A personal link into a room.
   * @param {string} room @param {string} name @param {{ admin?: boolean, hidden?: boolean }} [rights]
   */
  async link(room, name, { admin = false, hidden = false } = {}) {
    const user_info = { name, user_id: name, is_admin: admin, is_hidden: hidden };
    const { token } = await this.#post('/auth/room/getJoinToken', { room_id: room, user_info });
    return `${this.url}/room#t=${token}`;
  }

  /** @param {string} path @param {object} body */
  async #post(path, body) {
    const text = JSON.stringify(body);
    const signature = createHmac('sha256', this.secret).update(text).digest('hex');
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'api-key': this.key, 'hash-signature': signature },
      body: text,
    });
    const answer = await response.json();
    if (!answer.status) throw new Error(`${path}: ${answer.status_code} ${answer.msg}`);
    return answer;
  }
}
