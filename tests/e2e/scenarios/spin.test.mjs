/** A meeting through a host of WASI HTTP components. */
import { meetThrough } from '../support/edge.mjs';

meetThrough('spin', 'CONCLAVE_WASMTIME', 'CONCLAVE_EDGE_SPIN');
