//! The PROXY protocol: how a load balancer that passes TLS through tells the address that it was called from, in front of the
//! connection's own bytes (HAProxy, *The PROXY protocol*, versions 1 and 2).

use ppp::{v1, v2};
use std::io;
use std::net::IpAddr;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What both versions are longer than.
const BEGINNING: usize = 12;
/// The signature of version 2 (§2.2).
const SIGNATURE: &[u8; BEGINNING] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1 (§2.1).
const LINE_LIMIT: usize = 107;
/// The most that follows the first 16 bytes in version 2, with what load balancers add to the addresses.
const REST_LIMIT: usize = 2048;

/// Reads the header and not one byte more. Returns the address of the caller, or `None` where the proxy calls for itself or does
/// not know.
///
/// # Errors
/// Where there is no such header, or the connection ends.
pub(crate) async fn caller(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, "no header of the PROXY protocol");
    let mut header = vec![0; BEGINNING];
    stream.read_exact(&mut header).await?;
    if header == SIGNATURE {
        header.resize(16, 0);
        stream.read_exact(&mut header[BEGINNING..]).await?;
        let rest = usize::from(u16::from_be_bytes([header[14], header[15]]));
        if rest > REST_LIMIT {
            return Err(malformed());
        }
        header.resize(16 + rest, 0);
        stream.read_exact(&mut header[16..]).await?;
        let header = v2::Header::try_from(header.as_slice()).map_err(|_| malformed())?;
        return Ok(match (header.command, header.addresses) {
            (v2::Command::Local, _) => None,
            (v2::Command::Proxy, v2::Addresses::IPv4(addresses)) => Some(addresses.source_address.into()),
            (v2::Command::Proxy, v2::Addresses::IPv6(addresses)) => Some(addresses.source_address.into()),
            (v2::Command::Proxy, v2::Addresses::Unspecified | v2::Addresses::Unix(_)) => None,
        });
    }
    while !header.ends_with(b"\r\n") {
        if header.len() >= LINE_LIMIT {
            return Err(malformed());
        }
        // A line is short, and what follows it is not ours to read.
        header.push(stream.read_u8().await?);
    }
    let header = v1::Header::try_from(header.as_slice()).map_err(|_| malformed())?;
    Ok(match header.addresses {
        v1::Addresses::Unknown => None,
        v1::Addresses::Tcp4(addresses) => Some(addresses.source_address.into()),
        v1::Addresses::Tcp6(addresses) => Some(addresses.source_address.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> (io::Result<Option<IpAddr>>, Vec<u8>) {
        let mut stream = bytes;
        let caller = caller(&mut stream).await;
        (caller, stream.to_vec())
    }

    #[tokio::test]
    async fn both_versions_tell_the_caller_and_leave_the_rest() {
        let named: IpAddr = "192.0.2.7".parse().expect("an address");
        let (caller, rest) = read(b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\n\x16\x03\x01").await;
        assert_eq!((caller.expect("a header"), rest.as_slice()), (Some(named), &b"\x16\x03\x01"[..]));
        let (caller, rest) = read(b"PROXY UNKNOWN\r\nx").await;
        assert_eq!((caller.expect("a header"), rest.as_slice()), (None, &b"x"[..]));
        let addresses = [192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x67, 0x01, 0xbb];
        let second = |command: u8| [&SIGNATURE[..], &[command, 0x11, 0, 12], &addresses, b"x"].concat();
        let (caller, rest) = read(&second(0x21)).await;
        assert_eq!((caller.expect("a header"), rest.as_slice()), (Some(named), &b"x"[..]));
        assert_eq!(read(&second(0x20)).await.0.expect("a header"), None, "the proxy asks for itself");
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        let endless = [&b"PROXY TCP4 "[..], &[b'1'; 200]].concat();
        let long = [&SIGNATURE[..], &[0x21, 0x11, 0xff, 0xff]].concat();
        for bytes in
            [&b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\0\r\n"[..], b"PROXY TCP4 hjemme ude 1 2\r\n", &endless, &long]
        {
            assert!(read(bytes).await.0.is_err());
        }
    }
}
