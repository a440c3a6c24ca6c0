// The Worker's entry point. A panic ends an instance of the module in the middle of whatever it
// did: everything it held is lost, and no promise that it owes is ever settled. The next call
// starts a new instance by itself (wasm-bindgen and the crate `worker` see to that); what is done
// here is to make that call at once, and to answer the requests of the dead instance, which would
// otherwise hang.

import { WorkerEntrypoint } from "cloudflare:workers";
import { __worker_init_state as call, fetch as serve } from "./index.js";

// The crate `worker` counts the module's instances in it.
const state = call();

// For each request under way: what gives it up, and the instance that serves it.
const underWay = new Map();

export default class extends WorkerEntrypoint {
  async fetch(request) {
    let giveUp;
    try {
      return await new Promise((resolve, reject) => {
        const answer = serve(request, this.env, this.ctx);
        giveUp = reject;
        underWay.set(giveUp, state.instanceId);
        answer.then(resolve, reject);
      });
    } catch (error) {
      console.error("a request was given up:", error);
      renew();
      return failure();
    } finally {
      underWay.delete(giveUp);
    }
  }
}

// A trap inside an asynchronous call is nobody's exception: it arrives here.
addEventListener("error", renew);
addEventListener("unhandledrejection", renew);

function renew() {
  call();
  for (const [giveUp, instance] of underWay) {
    if (instance !== state.instanceId) {
      underWay.delete(giveUp);
      giveUp(new Error("the instance that served it has ended"));
    }
  }
}

// As the edge's core answers when it fails.
function failure() {
  const answer = { status: false, msg: "an internal error", status_code: "INTERNAL_SERVER_ERROR" };
  return Response.json(answer, { status: 500, headers: { "cache-control": "no-store" } });
}
