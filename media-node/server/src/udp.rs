//! The media port: many datagrams a system call where the kernel can (recvmmsg and GRO in, GSO
//! out), through `quinn-udp`.

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSocketState};
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// Largest UDP payload; with GRO one buffer holds a run of smaller ones.
const BUFFER: usize = 65_535;
/// Messages taken by one call. More would save little and cost 64 kB each.
const MESSAGES: usize = if BATCH_SIZE < 8 { BATCH_SIZE } else { 8 };
/// Most bytes of one segmented send.
const MAX_RUN: usize = 60_000;
/// Socket buffers: 30 ms of a gigabit.
const KERNEL_BUFFER: usize = 4 * 1024 * 1024;

pub(crate) struct MediaSocket {
    socket: UdpSocket,
    state: UdpSocketState,
    incoming: Vec<u8>,
    run: Run,
}

/// Datagrams of one size to one destination, waiting to be sent by one call.
struct Run {
    destination: Option<SocketAddr>,
    segment: usize,
    count: usize,
    bytes: Vec<u8>,
}

impl MediaSocket {
    /// Takes a bound, non-blocking socket; must be called inside the runtime that will use it.
    pub(crate) fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new((&socket).into())?;
        // The kernel may grant less; nothing depends on the size.
        let _granted = state.set_send_buffer_size((&socket).into(), KERNEL_BUFFER);
        let _granted = state.set_recv_buffer_size((&socket).into(), KERNEL_BUFFER);
        Ok(Self {
            socket: UdpSocket::from_std(socket)?,
            state,
            incoming: vec![0; BUFFER * MESSAGES],
            run: Run { destination: None, segment: 0, count: 0, bytes: Vec::new() },
        })
    }

    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Hands what has arrived to `each`, one datagram at a time; false where nothing is left.
    pub(crate) fn receive(&mut self, mut each: impl FnMut(SocketAddr, &[u8])) -> bool {
        let mut metas = [RecvMeta::default(); MESSAGES];
        let received = {
            let mut buffers = self.incoming.chunks_mut(BUFFER).map(IoSliceMut::new);
            let mut slices: [IoSliceMut<'_>; MESSAGES] =
                std::array::from_fn(|_| buffers.next().unwrap_or_else(|| IoSliceMut::new(&mut [])));
            let (socket, state) = (&self.socket, &self.state);
            socket.try_io(Interest::READABLE, || state.recv(socket.into(), &mut slices, &mut metas))
        };
        // An error here is "nothing left" or the word of an unreachable peer about an earlier
        // datagram: neither concerns the others.
        let Ok(count) = received else { return false };
        for (meta, buffer) in metas.iter().zip(self.incoming.chunks(BUFFER)).take(count) {
            for datagram in buffer[..meta.len].chunks(meta.stride.max(1)) {
                each(meta.addr, datagram);
            }
        }
        true
    }

    /// Queues a datagram; whatever does not fit the run before it sends that first.
    pub(crate) fn queue(&mut self, destination: SocketAddr, datagram: &[u8]) {
        let run = &self.run;
        let fits = run.destination == Some(destination)
            && datagram.len() <= run.segment
            && run.bytes.len() == run.segment * run.count
            && run.bytes.len() + datagram.len() <= MAX_RUN
            && run.count < self.state.max_gso_segments();
        if !fits {
            self.flush();
            self.run.destination = Some(destination);
            self.run.segment = datagram.len();
        }
        self.run.bytes.extend_from_slice(datagram);
        self.run.count += 1;
    }

    /// Sends the run. A full kernel buffer drops it, as a full link would.
    pub(crate) fn flush(&mut self) {
        let Some(destination) = self.run.destination.take() else { return };
        let transmit = Transmit {
            destination,
            ecn: None,
            contents: &self.run.bytes,
            segment_size: Some(self.run.segment),
            src_ip: None,
        };
        // Past tokio's idea of readiness, which knows nothing of a socket that was just made.
        let sent = self.state.try_send((&self.socket).into(), &transmit);
        if let Err(error) = sent {
            tracing::trace!(kind = ?error.kind(), "datagrams were not sent");
        }
        self.run.bytes.clear();
        self.run.count = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: std::time::Duration = std::time::Duration::from_secs(5);

    #[tokio::test]
    async fn runs_of_any_sizes_arrive_as_the_datagrams_that_they_were() {
        let bind = || {
            let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_nonblocking(true).unwrap();
            let address = socket.local_addr().unwrap();
            (MediaSocket::new(socket).unwrap(), address)
        };
        let (mut sender, from) = bind();
        let (mut one, one_address) = bind();
        let (mut two, two_address) = bind();
        let sizes = [1200, 1200, 1200, 300, 1200, 40, 40, 41, 1];
        for (n, size) in sizes.iter().enumerate() {
            let to = if n == 5 { two_address } else { one_address };
            sender.queue(to, &vec![n as u8; *size]);
        }
        sender.flush();
        for (socket, wanted) in [(&mut one, vec![0, 1, 2, 3, 4, 6, 7, 8]), (&mut two, vec![5])] {
            let mut seen = Vec::new();
            while seen.len() < wanted.len() {
                let readable = tokio::time::timeout(DEADLINE, socket.readable());
                readable.await.expect("a datagram is missing").unwrap();
                socket.receive(|source, datagram| {
                    assert_eq!(source, from);
                    assert_eq!(datagram.len(), sizes[datagram[0] as usize]);
                    seen.push(datagram[0]);
                });
            }
            assert_eq!(seen, wanted);
        }
    }
}
