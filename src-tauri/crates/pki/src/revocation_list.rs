//! Revocation lists ([RFC 5280 §5]): complete, partitioned and delta lists, of millions of entries.
//!
//! A list stays the bytes that came in. [`UnverifiedRevocationList::from_der`] walks over it once, so that nothing in it
//! surprises later; [`UnverifiedRevocationList::verify`] checks the signature and makes an index of five or six bytes
//! an entry, with which every look-up reads a handful of entries. Nothing of an entry is copied.

mod scope;
mod serial_index;

use chrono::{DateTime, Utc};
use spki::AlgorithmIdentifierRef;

use crate::certificate::{CRL_SIGN, Certificate};
use crate::certificate_fields::CertificateFields;
use crate::der_walker::{
    self, DerWalker, ENUMERATED, Element, GENERALIZED_TIME, INTEGER, NotDer, SEQUENCE, UTC_TIME, context_constructed,
    context_primitive,
};
use crate::public_key::verify_signature;
use crate::signed_structure::SignedStructure;
use crate::signing::{self, SignatureAlgorithm};
use crate::status::{
    CertificateState, CertificateStatus, DeltaMismatch, ReasonCode, RevocationReason, StatusError, StatusFault,
    StatusSource, judge_window,
};

use scope::{Reasons, Scope};
use serial_index::SerialIndex;

/// The largest revocation list that is read, in bytes of DER: room for some seven million entries.
pub const MAXIMUM_REVOCATION_LIST_BYTES: usize = 255 * 1024 * 1024;
/// The longest name of an issuer that is read, in bytes.
const MAXIMUM_NAME_BYTES: usize = 64 * 1024;
/// The longest key identifier that is read, in bytes; in practice they have 20.
const MAXIMUM_KEY_IDENTIFIER_BYTES: usize = 256;

// Extensions of lists and entries, by the content of their OIDs' DER.
const CRL_NUMBER: &[u8] = &[0x55, 0x1D, 0x14];
const REASON_CODE: &[u8] = &[0x55, 0x1D, 0x15];
const HOLD_INSTRUCTION_CODE: &[u8] = &[0x55, 0x1D, 0x17];
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1D, 0x18];
const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1D, 0x1B];
const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1D, 0x1C];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1D, 0x1D];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x23];

/// A revocation list whose signature was not checked: it says what it says, and proves nothing.
///
/// `B` holds the DER: a slice, a vector, or a mapped file that nobody writes to meanwhile.
pub struct UnverifiedRevocationList<B> {
    bytes: B,
    facts: Facts,
}

/// What a list says apart from its entries.
struct Facts {
    issuer: Vec<u8>,
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    number: Option<ListNumber>,
    /// The number of the complete list that a delta list starts from; only delta lists have one.
    base_number: Option<ListNumber>,
    scope: Scope,
    authority_key_identifier: Option<Vec<u8>>,
    entries: usize,
}

impl<B: AsRef<[u8]>> UnverifiedRevocationList<B> {
    /// Reads a DER `CertificateList` ([RFC 5280 §5.1]) of at most [`MAXIMUM_REVOCATION_LIST_BYTES`], with nothing after it.
    ///
    /// Every entry is walked over, so that a list with one that cannot be read, or that has a critical extension that is
    /// not understood, is refused as a whole ([RFC 5280 §5.3]). Memory beside `bytes` does not grow with the list.
    ///
    /// # Errors
    /// [`StatusError::TooLarge`], [`StatusError::Malformed`], [`StatusError::UnknownCriticalExtension`],
    /// [`StatusError::IndirectList`].
    pub fn from_der(bytes: B) -> Result<Self, StatusError> {
        let der = bytes.as_ref();
        if der.len() > MAXIMUM_REVOCATION_LIST_BYTES {
            return Err(StatusError::TooLarge { actual: der.len(), limit: MAXIMUM_REVOCATION_LIST_BYTES });
        }
        let list = CertificateList::of(der)?;
        let facts = list.facts()?;
        Ok(Self { bytes, facts })
    }

    /// Checks the list against the certificate of the authority whose name it bears ([RFC 5280 §6.3.3 (f), (g)]), and
    /// indexes it.
    ///
    /// Whether `issuer` is to be trusted is the caller's to know: it comes from the validated path of the certificate in
    /// question, or is validated under the same trust anchor.
    ///
    /// # Errors
    /// [`StatusError::IssuerMismatch`], [`StatusError::IssuerMayNotSignLists`], [`StatusError::AlgorithmForbidden`],
    /// [`StatusError::SignatureInvalid`].
    pub fn verify(self, issuer: &Certificate) -> Result<RevocationList<B>, StatusError> {
        let authority = issuer.facts();
        if self.facts.issuer != issuer.subject_der() {
            return Err(StatusError::IssuerMismatch);
        }
        if let (Some(named), Some(has)) = (&self.facts.authority_key_identifier, &authority.subject_key_identifier)
            && named != has
        {
            return Err(StatusError::IssuerMismatch);
        }
        if !authority.key_usage.map_or(authority.is_certification_authority, |usage| usage & CRL_SIGN != 0) {
            return Err(StatusError::IssuerMayNotSignLists);
        }
        let list = CertificateList::of(self.bytes.as_ref())?;
        let algorithm = SignatureAlgorithm::from_algorithm_identifier(&list.algorithm)
            .ok_or_else(|| StatusError::AlgorithmForbidden(signing::name_of(&list.algorithm)))?;
        verify_signature(issuer.subject_public_key_info(), algorithm, list.to_be_signed, list.signature)
            .map_err(StatusError::SignatureInvalid)?;
        let index = SerialIndex::of(list.revoked, self.facts.entries).map_err(|NotDer| ENTRY_MALFORMED)?;
        let issuer_key = issuer.subject_public_key_info().to_vec();
        Ok(RevocationList { list: self, issuer_key, index })
    }

    /// The issuer's `Name` in DER ([RFC 5280 §5.1.2.3]).
    pub fn issuer_der(&self) -> &[u8] {
        &self.facts.issuer
    }

    /// When the list was issued ([RFC 5280 §5.1.2.4]).
    pub fn this_update(&self) -> DateTime<Utc> {
        self.facts.this_update
    }

    /// When the next list comes at the latest ([RFC 5280 §5.1.2.5]).
    pub fn next_update(&self) -> Option<DateTime<Utc>> {
        self.facts.next_update
    }

    /// The list's number ([RFC 5280 §5.2.3]) as lower-case hexadecimal without leading zeros.
    pub fn number(&self) -> Option<String> {
        self.facts.number.as_ref().map(ListNumber::to_hexadecimal)
    }

    /// Whether it is a delta list ([RFC 5280 §5.2.4]).
    pub fn is_delta(&self) -> bool {
        self.facts.base_number.is_some()
    }

    /// Whether it is for one part of its issuer's certificates, by distribution point ([RFC 5280 §5.2.5]).
    pub fn is_partition(&self) -> bool {
        self.facts.scope.is_partition()
    }

    /// How many entries the list has.
    pub fn entry_count(&self) -> usize {
        self.facts.entries
    }

    /// The list's DER, as it came in.
    pub fn der(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// The entries in their order.
    ///
    /// # Errors
    /// [`StatusError::Malformed`] for an entry whose date or reason cannot be read.
    pub fn entries(&self) -> impl Iterator<Item = Result<RevokedCertificate<'_>, StatusError>> {
        let revoked = CertificateList::of(self.bytes.as_ref()).map_or(&[][..], |list| list.revoked);
        let mut walker = DerWalker::new(revoked);
        std::iter::from_fn(move || {
            if walker.is_empty() {
                return None;
            }
            Some(RawEntry::next(&mut walker).and_then(|entry| entry.read()))
        })
    }
}

impl UnverifiedRevocationList<Vec<u8>> {
    /// Reads the first `X509 CRL` block of a PEM text ([RFC 7468 §6]).
    ///
    /// # Errors
    /// [`StatusError::NotPem`], and those of [`UnverifiedRevocationList::from_der`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, StatusError> {
        // Base64 and line ends make a third more of it.
        let limit = MAXIMUM_REVOCATION_LIST_BYTES / 2 * 3;
        if pem.len() > limit {
            return Err(StatusError::TooLarge { actual: pem.len(), limit });
        }
        let block = x509_parser::pem::Pem::iter_from_buffer(pem)
            .filter_map(Result::ok)
            .find(|block| block.label == "X509 CRL")
            .ok_or(StatusError::NotPem)?;
        Self::from_der(block.contents)
    }
}

impl<B> std::fmt::Debug for UnverifiedRevocationList<B> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.facts.fmt_as("UnverifiedRevocationList", formatter)
    }
}

/// A revocation list that its issuer signed, indexed.
///
/// Only [`UnverifiedRevocationList::verify`] makes one. Keep it to keep its index.
pub struct RevocationList<B> {
    list: UnverifiedRevocationList<B>,
    issuer_key: Vec<u8>,
    index: SerialIndex,
}

impl<B: AsRef<[u8]>> RevocationList<B> {
    /// The status of `certificate` at the instant `at` by this list alone.
    ///
    /// # Errors
    /// [`StatusError::DeltaAlone`], [`StatusError::IssuerMismatch`] and [`StatusError::OutOfScope`] where the list does
    /// not speak for the certificate, [`StatusError::SomeReasonsOnly`] where it does for some reasons only,
    /// [`StatusError::Stale`], [`StatusError::FromTheFuture`] and [`StatusError::NextUpdateMissing`] by its window.
    pub fn status(&self, certificate: &Certificate, at: DateTime<Utc>) -> Result<CertificateStatus, StatusError> {
        whole(self.judge(certificate, at)?)
    }

    /// The status of `certificate` at the instant `at` by this complete list together with a delta list
    /// ([RFC 5280 §5.2.4, §6.3.3]).
    ///
    /// The delta's window counts, since it is what makes the pair current: the complete list may be past its nextUpdate.
    /// removeFromCRL in the delta lifts a hold of the complete list, and nothing else. A delta that is not newer than the
    /// complete list adds nothing, and then the complete list is judged alone.
    ///
    /// # Errors
    /// Those of [`RevocationList::status`], and [`StatusError::DeltaMismatch`].
    pub fn status_with_delta<D: AsRef<[u8]>>(
        &self,
        delta: &RevocationList<D>,
        certificate: &Certificate,
        at: DateTime<Utc>,
    ) -> Result<CertificateStatus, StatusError> {
        whole(self.judge_with_delta(delta, certificate, at)?)
    }

    /// The entry of `certificate`, whatever the time and the list's kind; the strictest where it has several.
    ///
    /// # Errors
    /// [`StatusError::IssuerMismatch`] and [`StatusError::OutOfScope`] where the list does not speak for the certificate,
    /// [`StatusError::Malformed`] where its entry cannot be read.
    pub fn entry(&self, certificate: &Certificate) -> Result<Option<RevokedCertificate<'_>>, StatusError> {
        let fields = CertificateFields::of(certificate)?;
        self.covered_reasons(certificate, &fields)?;
        self.find(fields.serial_number)
    }

    /// What the list says apart from its entries, and the entries in their order.
    pub fn list(&self) -> &UnverifiedRevocationList<B> {
        &self.list
    }

    /// How many bytes of memory the index takes.
    pub fn index_memory(&self) -> usize {
        self.index.memory()
    }

    fn judge(&self, certificate: &Certificate, at: DateTime<Utc>) -> Result<Judgement, StatusError> {
        if self.list.is_delta() {
            return Err(StatusError::DeltaAlone);
        }
        let fields = CertificateFields::of(certificate)?;
        let reasons = self.covered_reasons(certificate, &fields)?;
        self.judge_window(at)?;
        let state = match self.find(fields.serial_number)? {
            None => CertificateState::Good,
            Some(entry) => entry.state().ok_or(ENTRY_MALFORMED)?,
        };
        Ok(Judgement { status: self.status_of(state, StatusSource::Crl), reasons })
    }

    fn judge_with_delta<D: AsRef<[u8]>>(
        &self,
        delta: &RevocationList<D>,
        certificate: &Certificate,
        at: DateTime<Utc>,
    ) -> Result<Judgement, StatusError> {
        if self.list.is_delta() {
            return Err(StatusError::DeltaAlone);
        }
        if !self.is_followed_by(delta).map_err(StatusError::DeltaMismatch)? {
            return self.judge(certificate, at);
        }
        let fields = CertificateFields::of(certificate)?;
        let reasons = self.covered_reasons(certificate, &fields)?;
        judge_window(self.list.facts.this_update, at, at)?;
        delta.judge_window(at)?;
        let in_base = match self.find(fields.serial_number)? {
            None => CertificateState::Good,
            Some(entry) => entry.state().ok_or(ENTRY_MALFORMED)?,
        };
        let state = match (in_base, delta.find(fields.serial_number)?) {
            // Final is final: no delta makes less of it.
            (CertificateState::Revoked { .. }, _) | (_, None) => in_base,
            // removeFromCRL, the one entry without a state.
            (_, Some(entry)) => entry.state().unwrap_or(CertificateState::Good),
        };
        Ok(Judgement { status: delta.status_of(state, StatusSource::DeltaCrl), reasons })
    }

    /// Whether the delta list is newer than this one and starts from it or an older one ([RFC 5280 §5.2.4 (a) to (c)]).
    fn is_followed_by<D: AsRef<[u8]>>(&self, delta: &RevocationList<D>) -> Result<bool, DeltaMismatch> {
        let (base, newer) = (&self.list.facts, &delta.list.facts);
        let Some(from) = &newer.base_number else {
            return Err(DeltaMismatch::NotADelta);
        };
        if base.issuer != newer.issuer || self.issuer_key != delta.issuer_key {
            return Err(DeltaMismatch::OtherIssuer);
        }
        if base.scope != newer.scope {
            return Err(DeltaMismatch::OtherScope);
        }
        let (Some(base), Some(newer)) = (&base.number, &newer.number) else {
            return Err(DeltaMismatch::NumberMissing);
        };
        if base < from {
            return Err(DeltaMismatch::BaseTooOld);
        }
        Ok(base < newer)
    }

    fn covered_reasons(
        &self,
        certificate: &Certificate,
        fields: &CertificateFields<'_>,
    ) -> Result<Reasons, StatusError> {
        if certificate.issuer_der() != self.list.facts.issuer {
            return Err(StatusError::IssuerMismatch);
        }
        self.list.facts.scope.covered_reasons(certificate, fields)
    }

    fn judge_window(&self, at: DateTime<Utc>) -> Result<(), StatusError> {
        let facts = &self.list.facts;
        judge_window(facts.this_update, facts.next_update.ok_or(StatusError::NextUpdateMissing)?, at)
    }

    /// The strictest entry of a serial number.
    fn find(&self, serial_number: &[u8]) -> Result<Option<RevokedCertificate<'_>>, StatusError> {
        let offsets = self.index.offsets(serial_number);
        if offsets.is_empty() {
            return Ok(None);
        }
        let revoked = CertificateList::of(self.list.bytes.as_ref())?.revoked;
        let mut found: Option<RevokedCertificate<'_>> = None;
        for offset in offsets {
            let rest = usize::try_from(*offset).ok().and_then(|offset| revoked.get(offset..)).ok_or(ENTRY_MALFORMED)?;
            let entry = RawEntry::next(&mut DerWalker::new(rest))?;
            if der_walker::canonical_integer(entry.serial_number) == serial_number {
                let entry = entry.read()?;
                if found.as_ref().is_none_or(|found| found.weight() < entry.weight()) {
                    found = Some(entry);
                }
            }
        }
        Ok(found)
    }

    fn status_of(&self, state: CertificateState, source: StatusSource) -> CertificateStatus {
        let facts = &self.list.facts;
        CertificateStatus { state, source, this_update: facts.this_update, next_update: facts.next_update }
    }
}

impl<B> std::fmt::Debug for RevocationList<B> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.list.facts.fmt_as("RevocationList", formatter)
    }
}

/// The status of `certificate` at the instant `at` by whichever of `lists` speak for it, in any order and of any kind.
///
/// Of several complete lists with one scope the newest that can be relied on counts, each with the newest delta list that
/// fits it. Lists for some reasons only are taken together ([RFC 5280 §6.3.3]).
///
/// # Errors
/// Where no list gives a status, the error of the list that came closest; [`StatusError::IssuerMismatch`] where none is by
/// the certificate's issuer, and [`StatusError::SomeReasonsOnly`] where together they leave a reason out.
pub fn status_from_lists<B: AsRef<[u8]>>(
    lists: &[RevocationList<B>],
    certificate: &Certificate,
    at: DateTime<Utc>,
) -> Result<CertificateStatus, StatusError> {
    let mut closest = StatusError::IssuerMismatch;
    let mut judged: Vec<(&Scope, Judgement)> = Vec::new();
    let (deltas, complete): (Vec<_>, Vec<_>) = lists.iter().partition(|list| list.list.is_delta());
    if complete.is_empty() && !deltas.is_empty() {
        closest = StatusError::DeltaAlone;
    }
    for list in complete {
        let delta = deltas
            .iter()
            .filter(|delta| list.is_followed_by(delta) == Ok(true))
            .max_by(|one, other| one.list.facts.number.cmp(&other.list.facts.number));
        let judgement = match delta {
            Some(delta) => list.judge_with_delta(delta, certificate, at),
            None => list.judge(certificate, at),
        };
        let scope = &list.list.facts.scope;
        match judgement {
            Ok(judgement) => match judged.iter_mut().find(|(of, _)| *of == scope) {
                None => judged.push((scope, judgement)),
                Some((_, older)) if older.status.this_update < judgement.status.this_update => *older = judgement,
                Some(_) => {}
            },
            Err(error) => {
                if closest.fault() == StatusFault::Elsewhere {
                    closest = error;
                }
            }
        }
    }
    judged
        .into_iter()
        .map(|(_, judgement)| judgement)
        .reduce(|one, other| {
            let reasons = one.reasons.or(other.reasons);
            let heavier = if one.status.state.weight() < other.status.state.weight() { other } else { one };
            Judgement { reasons, ..heavier }
        })
        .map_or(Err(closest), whole)
}

/// A status, and the reasons for which it was looked for.
struct Judgement {
    status: CertificateStatus,
    reasons: Reasons,
}

/// That a certificate which is not on the list was looked for by every reason.
fn whole(judgement: Judgement) -> Result<CertificateStatus, StatusError> {
    match judgement.status.state {
        CertificateState::Good | CertificateState::Unknown if judgement.reasons != Reasons::ALL => {
            Err(StatusError::SomeReasonsOnly)
        }
        CertificateState::Good
        | CertificateState::Unknown
        | CertificateState::Suspended { .. }
        | CertificateState::Revoked { .. } => Ok(judgement.status),
    }
}

/// One entry of a list ([RFC 5280 §5.1.2.6, §5.3]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevokedCertificate<'a> {
    serial_number: &'a [u8],
    revocation_date: DateTime<Utc>,
    code: ReasonCode,
    invalidity_date: Option<DateTime<Utc>>,
}

impl<'a> RevokedCertificate<'a> {
    /// The certificate's serial number: the content of its INTEGER, big-endian two's complement.
    pub fn serial_number(&self) -> &'a [u8] {
        self.serial_number
    }

    /// Since when it is revoked or on hold.
    pub fn revocation_date(&self) -> DateTime<Utc> {
        self.revocation_date
    }

    /// Since when the key is known or suspected not to count, where the list says so ([RFC 5280 §5.3.2]).
    pub fn invalidity_date(&self) -> Option<DateTime<Utc>> {
        self.invalidity_date
    }

    /// What the entry makes of the certificate; `None` for removeFromCRL, which only a delta list can say.
    pub fn state(&self) -> Option<CertificateState> {
        let at = self.revocation_date;
        match self.code {
            ReasonCode::Final(reason) => Some(CertificateState::Revoked { reason, at }),
            ReasonCode::CertificateHold => Some(CertificateState::Suspended { at }),
            ReasonCode::RemoveFromCrl => None,
        }
    }

    fn weight(&self) -> u8 {
        self.state().map_or(0, |state| state.weight())
    }
}

const ENTRY_MALFORMED: StatusError = StatusError::Malformed("an entry of the revocation list");
const LIST_MALFORMED: StatusError = StatusError::Malformed("the revocation list");

/// A `CertificateList` cut into its fields.
struct CertificateList<'a> {
    to_be_signed: &'a [u8],
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: &'a [u8],
    issuer: &'a [u8],
    this_update: Element<'a>,
    next_update: Option<Element<'a>>,
    /// The content of revokedCertificates; empty where there are none.
    revoked: &'a [u8],
    /// The content of crlExtensions; empty where there are none.
    extensions: &'a [u8],
}

impl<'a> CertificateList<'a> {
    fn of(der: &'a [u8]) -> Result<Self, StatusError> {
        let outer = SignedStructure::from_der(der).map_err(|_| LIST_MALFORMED)?;
        Self::walk(outer).map_err(|NotDer| LIST_MALFORMED)
    }

    fn walk(outer: SignedStructure<'a>) -> Result<Self, NotDer> {
        let mut fields = DerWalker::new(der_walker::only(outer.to_be_signed, SEQUENCE)?);
        let version = fields.optional(INTEGER)?;
        let algorithm = fields.element()?;
        // The inner one is under the signature; the outer one is what the signature is checked by ([RFC 5280 §5.1.1.2]).
        if AlgorithmIdentifierRef::try_from(algorithm.whole).map_err(|_| NotDer)? != outer.algorithm {
            return Err(NotDer);
        }
        let issuer = fields.element()?;
        if issuer.tag != SEQUENCE || issuer.whole.len() > MAXIMUM_NAME_BYTES {
            return Err(NotDer);
        }
        let this_update = fields.element()?;
        let mut after = fields;
        let next_update = after.element().ok().filter(|element| matches!(element.tag, UTC_TIME | GENERALIZED_TIME));
        if next_update.is_some() {
            fields = after;
        }
        let revoked = fields.optional(SEQUENCE)?.unwrap_or_default();
        let extensions = match fields.optional(context_constructed(0))? {
            Some(content) => der_walker::only(content, SEQUENCE)?,
            None => &[],
        };
        fields.finish()?;
        // Version 2 is written as 1; version 1 has no extensions and no number ([RFC 5280 §5.1.2.1]).
        match version {
            Some([1]) => {}
            None if extensions.is_empty() => {}
            None | Some(_) => return Err(NotDer),
        }
        let SignedStructure { to_be_signed, algorithm, signature } = outer;
        let issuer = issuer.whole;
        Ok(Self { to_be_signed, algorithm, signature, issuer, this_update, next_update, revoked, extensions })
    }

    fn facts(&self) -> Result<Facts, StatusError> {
        let date = |element: &Element<'_>| der_walker::time(element).map_err(|NotDer| LIST_MALFORMED);
        let this_update = date(&self.this_update)?;
        let next_update = self.next_update.as_ref().map(date).transpose()?;
        if next_update.is_some_and(|next_update| next_update < this_update) {
            return Err(LIST_MALFORMED);
        }
        let mut facts = Facts {
            issuer: self.issuer.to_vec(),
            this_update,
            next_update,
            number: None,
            base_number: None,
            scope: Scope::EVERYTHING,
            authority_key_identifier: None,
            entries: 0,
        };
        self.take_extensions(&mut facts)?;
        let mut walker = DerWalker::new(self.revoked);
        while !walker.is_empty() {
            let entry = RawEntry::next(&mut walker)?;
            entry.check_extensions()?;
            facts.entries += 1;
        }
        Ok(facts)
    }

    fn take_extensions(&self, facts: &mut Facts) -> Result<(), StatusError> {
        const MALFORMED: StatusError = StatusError::Malformed("an extension of the revocation list");
        let mut seen: Vec<&[u8]> = Vec::new();
        for extension in der_walker::extensions(self.extensions) {
            let extension = extension.map_err(|NotDer| MALFORMED)?;
            match extension.oid {
                CRL_NUMBER => facts.number = Some(ListNumber::of(extension.value)?),
                DELTA_CRL_INDICATOR => facts.base_number = Some(ListNumber::of(extension.value)?),
                ISSUING_DISTRIBUTION_POINT => facts.scope = Scope::of(extension.value, self.issuer)?,
                AUTHORITY_KEY_IDENTIFIER => {
                    facts.authority_key_identifier =
                        key_identifier(extension.value).map_err(|NotDer| MALFORMED)?.map(<[u8]>::to_vec);
                }
                oid if extension.critical => {
                    return Err(StatusError::UnknownCriticalExtension { oid: der_walker::dotted(oid) });
                }
                // Neither read nor critical; kept out of `seen`, so that it stays short.
                _ => continue,
            }
            if seen.contains(&extension.oid) {
                return Err(MALFORMED);
            }
            seen.push(extension.oid);
        }
        Ok(())
    }
}

/// The keyIdentifier of an `AuthorityKeyIdentifier` ([RFC 5280 §4.2.1.1]).
fn key_identifier(extension: &[u8]) -> Result<Option<&[u8]>, NotDer> {
    match DerWalker::new(der_walker::only(extension, SEQUENCE)?).optional(context_primitive(0))? {
        Some(identifier) if identifier.len() > MAXIMUM_KEY_IDENTIFIER_BYTES => Err(NotDer),
        identifier => Ok(identifier),
    }
}

/// An entry, cut and not read.
struct RawEntry<'a> {
    serial_number: &'a [u8],
    revocation_date: Element<'a>,
    /// The content of crlEntryExtensions; empty where there are none.
    extensions: &'a [u8],
}

impl<'a> RawEntry<'a> {
    #[inline]
    fn next(walker: &mut DerWalker<'a>) -> Result<Self, StatusError> {
        Self::walk(walker).map_err(|NotDer| ENTRY_MALFORMED)
    }

    #[inline]
    fn walk(walker: &mut DerWalker<'a>) -> Result<Self, NotDer> {
        let mut fields = DerWalker::new(walker.expect(SEQUENCE)?);
        let serial_number = fields.expect(INTEGER)?;
        let revocation_date = fields.element()?;
        if serial_number.is_empty() || !der_walker::is_time(&revocation_date) {
            return Err(NotDer);
        }
        let extensions = fields.optional(SEQUENCE)?.unwrap_or_default();
        fields.finish()?;
        Ok(Self { serial_number, revocation_date, extensions })
    }

    fn check_extensions(&self) -> Result<(), StatusError> {
        for extension in der_walker::extensions(self.extensions) {
            let extension = extension.map_err(|NotDer| ENTRY_MALFORMED)?;
            match extension.oid {
                // Whose entry it is would change with it, so it is refused even where it is not critical.
                CERTIFICATE_ISSUER => return Err(StatusError::IndirectList),
                REASON_CODE | INVALIDITY_DATE | HOLD_INSTRUCTION_CODE => {}
                oid if extension.critical => {
                    return Err(StatusError::UnknownCriticalExtension { oid: der_walker::dotted(oid) });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read(&self) -> Result<RevokedCertificate<'a>, StatusError> {
        self.read_fields().map_err(|NotDer| ENTRY_MALFORMED)
    }

    fn read_fields(&self) -> Result<RevokedCertificate<'a>, NotDer> {
        let mut code = ReasonCode::Final(RevocationReason::Unspecified);
        let mut invalidity_date = None;
        for extension in der_walker::extensions(self.extensions) {
            let extension = extension?;
            match extension.oid {
                REASON_CODE => code = ReasonCode::of(der_walker::only(extension.value, ENUMERATED)?)?,
                INVALIDITY_DATE => {
                    let mut walker = DerWalker::new(extension.value);
                    invalidity_date = Some(der_walker::time(&walker.element()?)?);
                    walker.finish()?;
                }
                _ => {}
            }
        }
        Ok(RevokedCertificate {
            serial_number: self.serial_number,
            revocation_date: der_walker::time(&self.revocation_date)?,
            code,
            invalidity_date,
        })
    }
}

/// A cRLNumber ([RFC 5280 §5.2.3]): big-endian, without leading zeros, so that it compares by length and octets.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ListNumber(Vec<u8>);

impl ListNumber {
    /// Numbers of up to 20 octets ([RFC 5280 §5.2.3]), and never negative.
    fn of(extension: &[u8]) -> Result<Self, StatusError> {
        let malformed = StatusError::Malformed("the number of the revocation list");
        match der_walker::only(extension, INTEGER).map(der_walker::canonical_integer) {
            Ok(content @ [first, ..]) if *first < 0x80 && content.len() <= 21 => {
                Ok(Self(content.iter().copied().skip_while(|octet| *octet == 0).collect()))
            }
            _ => Err(malformed),
        }
    }

    fn to_hexadecimal(&self) -> String {
        match hex::encode(&self.0).trim_start_matches('0') {
            "" => "0".to_owned(),
            text => text.to_owned(),
        }
    }
}

impl Ord for ListNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ListNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Facts {
    fn fmt_as(&self, name: &str, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct(name)
            .field("this_update", &self.this_update)
            .field("next_update", &self.next_update)
            .field("number", &self.number.as_ref().map(ListNumber::to_hexadecimal))
            .field("is_delta", &self.base_number.is_some())
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}
