//! Which certificates a list speaks for, and for which reasons: issuingDistributionPoint ([RFC 5280 §5.2.5]).

use crate::certificate::Certificate;
use crate::certificate_fields::CertificateFields;
use crate::der_walker::{self, DerWalker, NotDer, SEQUENCE, SET, context_constructed, context_primitive};
use crate::status::{ScopeMismatch, StatusError};

/// cRLDistributionPoints, 2.5.29.31.
const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1D, 0x1F];
/// The largest issuingDistributionPoint that is read, in bytes.
const MAXIMUM_DISTRIBUTION_POINT_BYTES: usize = 16 * 1024;

/// `ReasonFlags` as they stand in the BIT STRING, the first octet in the high half ([RFC 5280 §4.2.1.13]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reasons(u16);

impl Reasons {
    /// keyCompromise to aACompromise: bits 1 to 8.
    pub(super) const ALL: Self = Self(0x7F80);

    fn of(bit_string: &[u8]) -> Result<Self, NotDer> {
        let (unused, bits) = bit_string.split_first().ok_or(NotDer)?;
        if *unused > 7 {
            return Err(NotDer);
        }
        let octet = |place| bits.get(place).copied().map_or(0, u16::from);
        Ok(Self((octet(0) << 8 | octet(1)) & Self::ALL.0))
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// The scope of a list. Equal scopes are what a delta list and its complete list must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    /// The distribution point's names, each a whole `GeneralName`.
    distribution_point: Option<Vec<Vec<u8>>>,
    only: Option<ScopeMismatch>,
    reasons: Reasons,
}

impl Scope {
    /// The scope of a list without issuingDistributionPoint: everything of its issuer.
    pub(super) const EVERYTHING: Self = Self { distribution_point: None, only: None, reasons: Reasons::ALL };

    /// Reads issuingDistributionPoint; `issuer` is the list's issuer, to which a name can be relative.
    pub(super) fn of(extension: &[u8], issuer: &[u8]) -> Result<Self, StatusError> {
        let (scope, indirect) = Self::walk(extension, issuer)
            .map_err(|NotDer| StatusError::Malformed("the list's issuing distribution point"))?;
        if indirect { Err(StatusError::IndirectList) } else { Ok(scope) }
    }

    fn walk(extension: &[u8], issuer: &[u8]) -> Result<(Self, bool), NotDer> {
        if extension.len() > MAXIMUM_DISTRIBUTION_POINT_BYTES {
            return Err(NotDer);
        }
        let mut fields = DerWalker::new(der_walker::only(extension, SEQUENCE)?);
        let distribution_point = fields
            .optional(context_constructed(0))?
            .map(|content| distribution_point_names(content, issuer))
            .transpose()?;
        let end_entities = flag(&mut fields, 1)?;
        let authorities = flag(&mut fields, 2)?;
        let reasons = fields.optional(context_primitive(3))?.map(Reasons::of).transpose()?;
        let indirect = flag(&mut fields, 4)?;
        let attribute_certificates = flag(&mut fields, 5)?;
        fields.finish()?;
        let only = match (end_entities, authorities, attribute_certificates) {
            (false, false, false) => None,
            (true, false, false) => Some(ScopeMismatch::EndEntitiesOnly),
            (false, true, false) => Some(ScopeMismatch::AuthoritiesOnly),
            (false, false, true) => Some(ScopeMismatch::AttributeCertificatesOnly),
            _ => return Err(NotDer),
        };
        Ok((Self { distribution_point, only, reasons: reasons.unwrap_or(Reasons::ALL) }, indirect))
    }

    /// Whether the list is for one part of its issuer's certificates by name: a partitioned list.
    pub(super) fn is_partition(&self) -> bool {
        self.distribution_point.is_some()
    }

    /// For which reasons the list speaks for a certificate of its issuer ([RFC 5280 §6.3.3 (b), (d)]).
    pub(super) fn covered_reasons(
        &self,
        certificate: &Certificate,
        fields: &CertificateFields<'_>,
    ) -> Result<Reasons, StatusError> {
        let is_authority = certificate.facts().is_certification_authority;
        match self.only {
            Some(mismatch @ ScopeMismatch::EndEntitiesOnly) if is_authority => {
                return Err(StatusError::OutOfScope(mismatch));
            }
            Some(mismatch @ ScopeMismatch::AuthoritiesOnly) if !is_authority => {
                return Err(StatusError::OutOfScope(mismatch));
            }
            Some(mismatch @ (ScopeMismatch::AttributeCertificatesOnly | ScopeMismatch::OtherDistributionPoint)) => {
                return Err(StatusError::OutOfScope(mismatch));
            }
            Some(ScopeMismatch::EndEntitiesOnly | ScopeMismatch::AuthoritiesOnly) | None => {}
        }
        let Some(names) = &self.distribution_point else {
            return Ok(self.reasons);
        };
        let points = certificate_points(certificate.issuer_der(), fields)
            .map_err(|NotDer| StatusError::Malformed("the certificate's distribution points"))?;
        points
            .iter()
            .filter(|point| point.names.iter().any(|name| names.contains(name)))
            .map(|point| self.reasons.and(point.reasons))
            .reduce(Reasons::or)
            .ok_or(StatusError::OutOfScope(ScopeMismatch::OtherDistributionPoint))
    }
}

/// One of a certificate's distribution points at which its own issuer publishes.
struct CertificatePoint {
    names: Vec<Vec<u8>>,
    reasons: Reasons,
}

/// The certificate's distribution points; without any, the one that its issuer's name stands for ([RFC 5280 §6.3.3]).
fn certificate_points(issuer: &[u8], fields: &CertificateFields<'_>) -> Result<Vec<CertificatePoint>, NotDer> {
    let issuer_name = directory_name(issuer);
    let Some(extension) = fields.extension(CRL_DISTRIBUTION_POINTS) else {
        return Ok(vec![CertificatePoint { names: vec![issuer_name], reasons: Reasons::ALL }]);
    };
    let mut walker = DerWalker::new(der_walker::only(extension.value, SEQUENCE)?);
    let mut points = Vec::new();
    while !walker.is_empty() {
        let mut point = DerWalker::new(walker.expect(SEQUENCE)?);
        let names = point
            .optional(context_constructed(0))?
            .map(|content| distribution_point_names(content, issuer))
            .transpose()?;
        let reasons = point.optional(context_primitive(1))?.map(Reasons::of).transpose()?.unwrap_or(Reasons::ALL);
        let list_issuer = point.optional(context_constructed(2))?.map(general_names).transpose()?;
        point.finish()?;
        // Lists of another issuer are indirect ones, and those are refused.
        if list_issuer.as_ref().is_none_or(|names| names.contains(&issuer_name)) {
            points.push(CertificatePoint { names: names.or(list_issuer).unwrap_or_default(), reasons });
        }
    }
    Ok(points)
}

/// `DistributionPointName` ([RFC 5280 §4.2.1.13]) as whole general names; one relative to the issuer is made absolute.
fn distribution_point_names(content: &[u8], issuer: &[u8]) -> Result<Vec<Vec<u8>>, NotDer> {
    let mut walker = DerWalker::new(content);
    let choice = walker.element()?;
    walker.finish()?;
    if choice.tag == context_constructed(0) {
        general_names(choice.content)
    } else if choice.tag == context_constructed(1) {
        let relative = der_walker::encode(SET, &[choice.content]);
        let absolute = der_walker::encode(SEQUENCE, &[der_walker::only(issuer, SEQUENCE)?, &relative]);
        Ok(vec![directory_name(&absolute)])
    } else {
        Err(NotDer)
    }
}

fn general_names(content: &[u8]) -> Result<Vec<Vec<u8>>, NotDer> {
    let mut walker = DerWalker::new(content);
    let mut names = Vec::new();
    while !walker.is_empty() {
        names.push(walker.element()?.whole.to_vec());
    }
    Ok(names)
}

/// A `Name` as the general name directoryName.
fn directory_name(name: &[u8]) -> Vec<u8> {
    der_walker::encode(context_constructed(4), &[name])
}

/// A BOOLEAN DEFAULT FALSE with the implicit tag `[number]`.
fn flag(fields: &mut DerWalker<'_>, number: u8) -> Result<bool, NotDer> {
    match fields.optional(context_primitive(number))? {
        None | Some([0x00]) => Ok(false),
        Some([0xFF]) => Ok(true),
        Some(_) => Err(NotDer),
    }
}
