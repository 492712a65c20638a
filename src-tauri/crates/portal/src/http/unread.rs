//! What is left of a request's body where it was refused before it was read.
//!
//! Over HTTP/1.1 the next request of a connection comes after the body of the one before. Where that is left in the
//! connection, it must be closed, and the caller told so ([RFC 9112 §9.3, §9.6]): else its next request is lost, and closing
//! while bytes still arrive can take the answer away before it is read.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use portal_api::JSON_LIMIT;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// How long the rest of a body is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A body of which something may be left when its reader is gone.
#[derive(Clone)]
struct Shared(Arc<Mutex<Body>>);

/// Reads to its end what a handler has not read of a body, where that is not much; else says that the connection closes.
pub(crate) async fn read_to_its_end(request: Request, next: Next) -> Response {
    // HTTP/2 ends a stream without its connection.
    if request.version() > Version::HTTP_11 || request.body().is_end_stream() {
        return next.run(request).await;
    }
    // Whoever waits to be asked for the body is not asked for one that nobody reads ([RFC 9110 §10.1.1]).
    let waits = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let mut body = Shared(Arc::new(Mutex::new(body)));
    let mut response = next.run(Request::from_parts(parts, Body::new(body.clone()))).await;
    let at_its_end =
        body.is_end_stream() || !waits && tokio::time::timeout(PATIENCE, read(&mut body)).await.unwrap_or(false);
    if !at_its_end {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// False where there is more than a body of JSON may have, or it broke off.
async fn read(body: &mut Shared) -> bool {
    let mut left = JSON_LIMIT;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return false,
        }
    }
    true
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
