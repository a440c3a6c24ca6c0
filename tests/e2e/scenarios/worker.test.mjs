/** A meeting through Cloudflare Workers' runtime. */
import { meetThrough } from '../support/edge.mjs';

meetThrough('worker', 'CONCLAVE_WORKERD', 'CONCLAVE_EDGE_WORKER');
