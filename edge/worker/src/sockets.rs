//! TCP from a Worker, with TLS by the runtime. The `worker` crate's own socket cannot name the
//! host that a certificate must be for, so the runtime's API is bound here.

use conclave_edge_bus::client::TransportError;
use js_sys::futures::JsFuture;
use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    ReadableStream, ReadableStreamDefaultReader, WritableStream, WritableStreamDefaultWriter,
};
use worker::console_warn;

#[wasm_bindgen(module = "cloudflare:sockets")]
extern "C" {
    #[wasm_bindgen(catch, js_name = connect)]
    fn dial(address: &str, options: &Object) -> Result<Socket, JsValue>;

    type Socket;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &Socket) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &Socket) -> WritableStream;
    #[wasm_bindgen(method, catch, js_name = startTls)]
    fn start_tls(this: &Socket, options: &Object) -> Result<Socket, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &Socket) -> Result<Promise, JsValue>;
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Tcp {
    /// With TLS until the first bytes came: nothing else says whether it stands.
    unproven: bool,
    socket: Socket,
    reader: ReadableStreamDefaultReader,
    writer: WritableStreamDefaultWriter,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Socket")
    }
}

impl Tcp {
    /// Dials `address` (host and port). With `tls` the first byte is TLS's, and the certificate
    /// must be for that name.
    pub(crate) fn connect(address: &str, tls: Option<&str>) -> Result<Self, TransportError> {
        let secure = if tls.is_some() { "starttls" } else { "off" };
        let options = object("secureTransport", secure)?;
        let mut socket = dial(address, &options).map_err(|_| TransportError)?;
        if let Some(name) = tls {
            let options = object("expectedServerHostname", name)?;
            socket = socket.start_tls(&options).map_err(|_| TransportError)?;
        }
        let reader = socket.readable().get_reader().dyn_into().map_err(|_| TransportError)?;
        let writer = socket.writable().get_writer().map_err(|_| TransportError)?;
        Ok(Self { unproven: tls.is_some(), socket, reader, writer })
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let write = self.writer.write_with_chunk(&Uint8Array::from(bytes));
        JsFuture::from(write).await.map(drop).map_err(|_| TransportError)
    }

    /// Empty at the end.
    pub(crate) async fn read(&mut self) -> Result<Vec<u8>, TransportError> {
        let read = self.chunk().await;
        let came = read.as_ref().is_ok_and(|bytes| !bytes.is_empty());
        if self.unproven && !came {
            // The runtime's own words may name the host.
            console_warn!(
                "no TLS to NATS: is it there, is its certificate valid, by a public authority, and \
                 for nats_tls_name?"
            );
        }
        self.unproven &= !came;
        read
    }

    async fn chunk(&mut self) -> Result<Vec<u8>, TransportError> {
        let read = JsFuture::from(self.reader.read()).await.map_err(|_| TransportError)?;
        let chunk = Reflect::get(&read, &"value".into()).map_err(|_| TransportError)?;
        Ok(if chunk.is_undefined() { Vec::new() } else { Uint8Array::new(&chunk).to_vec() })
    }

    /// Resolves when it is closed, which dropping it would begin as well.
    pub(crate) async fn close(self) {
        if let Ok(closed) = self.socket.close() {
            // It is gone either way.
            let _closed = JsFuture::from(closed).await;
        }
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        // Its promise is the runtime's to keep; a second close is none.
        let _closed = self.socket.close();
    }
}

fn object(name: &str, value: &str) -> Result<Object, TransportError> {
    let object = Object::new();
    Reflect::set(&object, &name.into(), &value.into()).map_err(|_| TransportError)?;
    Ok(object)
}
