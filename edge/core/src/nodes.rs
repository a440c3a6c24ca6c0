//! Requests to media nodes, and their answers.

use crate::errors::Problem;
use crate::platform::BusOp;
use conclave_protocol::ids::NodeId;
use conclave_protocol::node::{NodeReply, NodeRequest};
use conclave_protocol::subjects::node_requests;

/// A request to a node.
pub(crate) fn request_to(node: &NodeId, request: &NodeRequest) -> Result<BusOp, Problem> {
    let payload = serde_json::to_vec(request).map_err(|_| Problem::Internal)?;
    Ok(BusOp::Request { subject: node_requests(node), payload })
}

/// Reads a node's answer.
pub(crate) fn reply(payload: Vec<u8>) -> Result<NodeReply, Problem> {
    serde_json::from_slice(&payload).map_err(|_| Problem::Internal)
}
