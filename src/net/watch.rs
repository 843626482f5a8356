//! Watches the moment the first byte of a request leaves, so that a failed call can say which side of it
//! it failed on. The connector stands behind TCP and TLS: what passes here is the request itself.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, RustlsConnector, Transport,
};

use super::http::MayWrite;

/// What happened on the wire of one request.
#[derive(Default)]
pub(super) struct Wire {
    wrote: AtomicBool,
    may_write: Option<MayWrite>,
    refusal: Mutex<Option<String>>,
}

impl Wire {
    pub(super) fn new(may_write: Option<MayWrite>) -> Self {
        Self { may_write, ..Self::default() }
    }

    /// True when at least one byte of the request may have left.
    pub(super) fn wrote(&self) -> bool {
        self.wrote.load(Ordering::SeqCst)
    }

    /// Why the caller's own check stopped the request.
    pub(super) fn refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn before_bytes(&self) -> Result<(), Error> {
        if self.wrote() {
            return Ok(());
        }
        if let Some(may_write) = &self.may_write
            && let Err(e) = may_write()
        {
            *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(e.to_string());
            return Err(Error::Io(std::io::Error::other("stopped before the request was written")));
        }
        self.wrote.store(true, Ordering::SeqCst);
        Ok(())
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("wrote", &self.wrote).finish_non_exhaustive()
    }
}

/// Last in the chain of connectors.
#[derive(Debug)]
pub(super) struct Watch(pub(super) Arc<Wire>);

impl<In: Transport> Connector<In> for Watch {
    type Out = Watched<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| Watched { inner, wire: Arc::clone(&self.0) }))
    }
}

/// A connection whose first byte is watched.
#[derive(Debug)]
pub(super) struct Watched<T> {
    inner: T,
    wire: Arc<Wire>,
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.wire.before_bytes()?;
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// One TLS set-up for all requests: reading the machine's roots each time would cost more than the call.
#[derive(Clone, Debug)]
pub(super) struct SharedTls(pub(super) Arc<RustlsConnector>);

impl<In: Transport> Connector<In> for SharedTls {
    type Out = <RustlsConnector as Connector<In>>::Out;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if chained.is_none() {
            return Err(Error::ConnectionFailed);
        }
        self.0.connect(details, chained)
    }
}

/// Answers with the addresses the guard has looked at, and with no other.
#[derive(Debug)]
pub(super) struct Pinned(pub(super) Vec<SocketAddr>);

impl Resolver for Pinned {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut all = self.empty();
        for address in self.0.iter().take(16) {
            all.push(*address);
        }
        Ok(all)
    }
}
