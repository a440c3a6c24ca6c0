//! NATS over a WebSocket: the second way from a Worker, where NATS stands behind a proxy for HTTP.

use conclave_edge_bus::client::TransportError;
use futures_util::future::poll_fn;
use js_sys::{Function, Uint8Array};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;
use worker::{Fetch, Method, Request};

/// Bytes that may wait to be read; more than all answers of a flight together.
const MAX_WAITING: usize = 8 << 20;

/// A connection.
pub(crate) struct Socket {
    socket: web_sys::WebSocket,
    inbox: Rc<RefCell<Inbox>>,
    /// For messages and for the end.
    handlers: [Closure<dyn FnMut(MessageEvent)>; 2],
}

/// What has come and was not read yet.
#[derive(Default)]
struct Inbox {
    messages: VecDeque<Vec<u8>>,
    waiting: usize,
    over: bool,
    reader: Option<Waker>,
}

impl Inbox {
    fn take(&mut self, message: Option<Vec<u8>>) {
        match message {
            Some(message) if self.waiting + message.len() <= MAX_WAITING => {
                self.waiting += message.len();
                self.messages.push_back(message);
            }
            _ => self.over = true,
        }
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Socket {
    /// Dials `url` (`https://…` or `http://…`).
    pub(crate) async fn connect(url: &str) -> Result<Self, TransportError> {
        let mut request = Request::new(url, Method::Get).map_err(|_| TransportError)?;
        let headers = request.headers_mut().map_err(|_| TransportError)?;
        headers.set("upgrade", "websocket").map_err(|_| TransportError)?;
        let response = Fetch::Request(request).send().await.map_err(|_| TransportError)?;
        let socket = response.websocket().ok_or(TransportError)?;
        let inbox = Rc::new(RefCell::new(Inbox::default()));
        let of_message = |event: MessageEvent| Some(Uint8Array::new(&event.data()).to_vec());
        let handlers = [handler(&inbox, of_message), handler(&inbox, |_| None)];
        let target: &web_sys::WebSocket = socket.as_ref();
        let connected = Self { socket: target.clone(), inbox, handlers };
        for (name, handler) in connected.listeners() {
            target.add_event_listener_with_callback(name, handler).map_err(|_| TransportError)?;
        }
        socket.accept().map_err(|_| TransportError)?;
        Ok(connected)
    }

    fn listeners(&self) -> [(&'static str, &Function); 3] {
        let [message, end] = &self.handlers;
        let [message, end] = [message, end].map(|handler| handler.as_ref().unchecked_ref());
        [("message", message), ("close", end), ("error", end)]
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        // The runtime sends later, and the bytes may be gone from our memory by then: a copy.
        let copy = Uint8Array::from(bytes);
        self.socket.send_with_array_buffer(&copy.buffer()).map_err(|_| TransportError)
    }

    /// Empty at the end.
    pub(crate) async fn read(&mut self) -> Vec<u8> {
        poll_fn(|context| {
            let mut inbox = self.inbox.borrow_mut();
            if let Some(message) = inbox.messages.pop_front() {
                inbox.waiting -= message.len();
                return Poll::Ready(message);
            }
            if inbox.over {
                return Poll::Ready(Vec::new());
            }
            inbox.reader = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // What is to come finds nobody: the handlers are gone with this value.
        for (name, handler) in self.listeners() {
            let _removed = self.socket.remove_event_listener_with_callback(name, handler);
        }
        // It is gone either way.
        let _closed = self.socket.close();
    }
}

fn handler(
    inbox: &Rc<RefCell<Inbox>>,
    read: fn(MessageEvent) -> Option<Vec<u8>>,
) -> Closure<dyn FnMut(MessageEvent)> {
    let inbox = Rc::clone(inbox);
    Closure::new(move |event| inbox.borrow_mut().take(read(event)))
}
