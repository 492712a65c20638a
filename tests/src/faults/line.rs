//! The line between computer and portal, on which everything can go wrong: a TCP proxy that sees TLS records
//! ([RFC 8446 §5.1]), counts them, and makes trouble at one of them. It holds no key and reads nothing.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a record waits for the one that is to overtake it.
const A_MOMENT: Duration = Duration::from_millis(50);

/// How long an answer that nobody hears is waited for.
const A_WHILE: Duration = Duration::from_secs(5);

/// The bytes of a record's header.
const HEADER: usize = 5;

/// The bytes of a record with an encrypted alert in it: header, alert, content type and tag ([RFC 8446 §5.2]).
const CLOSE_NOTIFY: usize = HEADER + 2 + 1 + 16;

/// Which way a record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the computer to the portal.
    ToPortal,
    /// From the portal to the computer.
    ToComputer,
}

/// What happens at a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The connection is closed both ways (FIN) instead.
    Cut,
    /// Half of the record passes, then the connection is closed.
    CutInside,
    /// The connection is reset both ways (RST) instead.
    Reset,
    /// The record passes, and the connection is reset behind it.
    ResetBehind,
    /// The record passes piece by piece.
    Trickled,
    /// The record passes twice.
    Doubled,
    /// The record changes places with the next one of the same direction, or passes once the other side is heard.
    Reordered,
    /// From here on nothing passes any more, until the computer gives up.
    Silent,
    /// The record, and what follows it, passes once the computer has given up.
    Late,
    /// The record waits until the test lets it go.
    Held,
}

impl Trouble {
    /// Whether the computer hears of it only by its own time running out.
    #[must_use]
    pub fn is_waited_out(self) -> bool {
        match self {
            Self::Silent | Self::Late => true,
            Self::Cut
            | Self::CutInside
            | Self::Reset
            | Self::ResetBehind
            | Self::Trickled
            | Self::Doubled
            | Self::Held
            | Self::Reordered => false,
        }
    }
}

/// The trouble, and at which record of which direction of which connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The direction.
    pub direction: Direction,
    /// The record; the first is 1.
    pub record: usize,
    /// The connection; the first is 1.
    pub connection: usize,
    /// The trouble.
    pub trouble: Trouble,
}

/// A line to a portal.
pub struct Line {
    address: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    portal: SocketAddr,
    plan: Option<Plan>,
    struck: watch::Sender<bool>,
    let_go: watch::Sender<bool>,
    /// How many have gone to the portal and to the computer, by connection.
    records: Mutex<Vec<[usize; 2]>>,
    /// What went to the portal, by connection.
    sent: Mutex<Vec<Vec<u8>>>,
    connections: AtomicUsize,
    /// True once the portal has answered what came late.
    late_answered: watch::Sender<bool>,
}

impl Line {
    /// A line to the portal at `address` (`https://…`), with trouble as planned.
    ///
    /// # Errors
    /// Where there is no port, or the address is none.
    pub async fn to(address: &str, plan: Option<Plan>) -> io::Result<Self> {
        let portal = address.trim_start_matches("https://").parse().map_err(io::Error::other)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("https://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            portal,
            plan,
            struck: watch::Sender::new(false),
            let_go: watch::Sender::new(false),
            records: Mutex::default(),
            sent: Mutex::default(),
            connections: AtomicUsize::new(0),
            late_answered: watch::Sender::new(false),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, server })
    }

    /// Its address, to be taken for the portal's.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How many records of a connection have come to the proxy so far; the first connection is 1.
    ///
    /// # Panics
    /// Where a connection of the line did.
    #[must_use]
    pub fn records_of(&self, connection: usize, direction: Direction) -> usize {
        let records = self.shared.records.lock().expect("the records' lock");
        records.get(connection - 1).map_or(0, |records| records[direction as usize])
    }

    /// Whether the trouble has come.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        *self.shared.struck.borrow()
    }

    /// Waits until the trouble has come; a while at most.
    pub async fn strikes(&self) {
        let mut struck = self.shared.struck.subscribe();
        let _ = tokio::time::timeout(A_WHILE, struck.wait_for(|struck| *struck)).await;
    }

    /// Lets go what is held.
    pub fn let_go(&self) {
        self.shared.let_go.send_replace(true);
    }

    /// Waits until the portal has answered what came late; a while at most, since it need not.
    pub async fn late_is_answered(&self) {
        let mut answered = self.shared.late_answered.subscribe();
        let _ = tokio::time::timeout(A_WHILE, answered.wait_for(|answered| *answered)).await;
    }

    /// What each connection has sent to the portal, byte for byte.
    ///
    /// # Panics
    /// Where a connection of the line did.
    #[must_use]
    pub fn sent(&self) -> Vec<Vec<u8>> {
        self.shared.sent.lock().expect("the bytes' lock").clone()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn note_sent(&self, connection: usize, bytes: &[u8]) {
        let mut sent = self.sent.lock().expect("the bytes' lock");
        if sent.len() <= connection {
            sent.resize(connection + 1, Vec::new());
        }
        sent[connection].extend_from_slice(bytes);
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((computer, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let Ok(portal) = TcpStream::connect(shared.portal).await else { return };
            let number = shared.connections.fetch_add(1, Ordering::SeqCst);
            // A connection that breaks off is what this is for.
            let _ = Connection::new(computer, portal, number, shared).carry().await;
        });
    }
}

/// One side of a connection, with what was read and is no whole record yet.
struct Side {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    begun: Vec<u8>,
    ended: bool,
}

impl Side {
    fn new(stream: TcpStream) -> Self {
        // Fails only on a connection that is already gone.
        let _ = stream.set_nodelay(true);
        let (reader, writer) = stream.into_split();
        Self { reader, writer, begun: Vec::new(), ended: false }
    }

    /// The next record; `None` at the end. May be dropped while it waits.
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let [_, _, _, high, low, ..] = *self.begun.as_slice() {
                let length = HEADER + usize::from(u16::from_be_bytes([high, low]));
                if self.begun.len() >= length {
                    let rest = self.begun.split_off(length);
                    return Ok(Some(std::mem::replace(&mut self.begun, rest)));
                }
            }
            if self.reader.read_buf(&mut self.begun).await? == 0 {
                self.ended = true;
                return Ok(None);
            }
        }
    }
}

struct Connection {
    computer: Side,
    portal: Side,
    number: usize,
    shared: Arc<Shared>,
    /// A record that waits for the next one to overtake it.
    held: Option<(Direction, Vec<u8>)>,
}

/// The connection is over.
struct Over;

impl Connection {
    fn new(computer: TcpStream, portal: TcpStream, number: usize, shared: Arc<Shared>) -> Self {
        Self { computer: Side::new(computer), portal: Side::new(portal), number, shared, held: None }
    }

    /// Counts a record; the trouble that comes at it.
    fn trouble_at(&self, direction: Direction) -> Option<Trouble> {
        let number = {
            let mut records = self.shared.records.lock().expect("the records' lock");
            let length = records.len().max(self.number + 1);
            records.resize(length, [0; 2]);
            records[self.number][direction as usize] += 1;
            records[self.number][direction as usize]
        };
        let plan = self.shared.plan.filter(|plan| plan.connection == self.number + 1 && plan.record == number);
        let plan = plan.filter(|plan| plan.direction == direction)?;
        self.shared.struck.send_replace(true);
        Some(plan.trouble)
    }

    async fn carry(mut self) -> io::Result<()> {
        while !(self.computer.ended && self.portal.ended) {
            let (direction, record) = tokio::select! {
                record = self.computer.next(), if !self.computer.ended => (Direction::ToPortal, record?),
                record = self.portal.next(), if !self.portal.ended => (Direction::ToComputer, record?),
            };
            let Some(record) = record else {
                self.release().await?;
                match direction {
                    Direction::ToPortal => self.portal.writer.shutdown().await?,
                    Direction::ToComputer => self.computer.writer.shutdown().await?,
                }
                continue;
            };
            match self.trouble_at(direction) {
                None => {
                    self.pass(direction, &record).await?;
                    self.release().await?;
                }
                Some(trouble) => {
                    if let Err(Over) = self.trouble(trouble, direction, record).await? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// What was held passes behind what has just passed.
    async fn release(&mut self) -> io::Result<()> {
        match self.held.take() {
            Some((direction, record)) => self.pass(direction, &record).await,
            None => Ok(()),
        }
    }

    async fn pass(&mut self, direction: Direction, bytes: &[u8]) -> io::Result<()> {
        match direction {
            Direction::ToPortal => {
                self.shared.note_sent(self.number, bytes);
                self.portal.writer.write_all(bytes).await
            }
            Direction::ToComputer => self.computer.writer.write_all(bytes).await,
        }
    }

    async fn trouble(
        &mut self,
        trouble: Trouble,
        direction: Direction,
        record: Vec<u8>,
    ) -> io::Result<Result<(), Over>> {
        match trouble {
            Trouble::Cut => Ok(Err(Over)),
            Trouble::CutInside => {
                self.pass(direction, &record[..record.len() / 2]).await?;
                Ok(Err(Over))
            }
            Trouble::Reset => self.reset().map(Err),
            Trouble::ResetBehind => {
                self.pass(direction, &record).await?;
                self.reset().map(Err)
            }
            Trouble::Trickled => {
                // Its header byte by byte, and what is in it in many pieces.
                let (header, content) = record.split_at(record.len().min(HEADER + 1));
                for piece in header.chunks(1).chain(content.chunks(content.len().div_ceil(32).max(1))) {
                    self.pass(direction, piece).await?;
                    tokio::task::yield_now().await;
                }
                Ok(Ok(()))
            }
            Trouble::Doubled => {
                self.pass(direction, &record).await?;
                self.pass(direction, &record).await?;
                Ok(Ok(()))
            }
            Trouble::Reordered => {
                self.held = Some((direction, record));
                self.overtake(direction).await
            }
            Trouble::Held => {
                let mut let_go = self.shared.let_go.subscribe();
                // Fails only where the test is over.
                let _ = let_go.wait_for(|let_go| *let_go).await;
                self.pass(direction, &record).await?;
                Ok(Ok(()))
            }
            Trouble::Silent => {
                self.until_the_computer_gives_up().await;
                Ok(Err(Over))
            }
            Trouble::Late => {
                let mut late = record;
                late.extend(self.until_the_computer_gives_up().await);
                if direction == Direction::ToPortal {
                    self.pass(direction, &late).await?;
                    // The portal does what it was asked to, though nobody hears of it.
                    let answered = tokio::time::timeout(A_WHILE, self.portal.next()).await;
                    self.shared.late_answered.send_replace(answered.is_ok());
                }
                Ok(Err(Over))
            }
        }
    }

    /// Waits for the next record of the same direction to pass first, or for a word from the other side, which may wait for
    /// the one that is held; and a moment at most, since both may.
    async fn overtake(&mut self, direction: Direction) -> io::Result<Result<(), Over>> {
        let same = match direction {
            Direction::ToPortal => &mut self.computer,
            Direction::ToComputer => &mut self.portal,
        };
        let next = tokio::time::timeout(A_MOMENT, same.next()).await;
        if let Ok(next) = next
            && let Some(next) = next?
        {
            self.trouble_at(direction);
            self.pass(direction, &next).await?;
        }
        self.release().await?;
        Ok(Ok(()))
    }

    /// What the computer has still sent until then.
    async fn until_the_computer_gives_up(&mut self) -> Vec<u8> {
        let mut sent = Vec::new();
        while let Ok(Some(record)) = self.computer.next().await {
            // That it gives up is not told.
            if record.len() != CLOSE_NOTIFY {
                sent.extend(record);
            }
        }
        sent
    }

    /// The connection ends with a reset where this is followed by its end.
    fn reset(&self) -> io::Result<Over> {
        for side in [&self.computer, &self.portal] {
            side.reader.as_ref().set_zero_linger()?;
        }
        Ok(Over)
    }
}
