//! The Public Key Interoperability Test Suite of NIST (PKITS 1.0.1, the certificates of 2011): every case and its result.
//!
//! The vectors ship in the package `cryptography-vectors`; the environment variable `PKITS` names its folder
//! `cryptography_vectors/x509/PKITS_data`. Where it is unset each test says that it was skipped.
//!
//! Every case is asked with the suite's default settings: any policy acceptable, no explicit policy required, mapping and
//! anyPolicy allowed. The parts of 4.8.1 to 4.8.3, 4.8.6, 4.8.10, 4.8.13, 4.8.14, 4.8.18, 4.10.1, 4.10.3, 4.10.5, 4.10.6,
//! 4.10.12 to 4.10.14 and 4.12.3 that repeat a case under other settings are not asked: those settings do not exist here,
//! a profile names the policy that it wants instead. Where an authority's certificate stands at the end of the path
//! (`NotOfProfile`), it is refused for that, and what the case is about is not reached.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use der::{Decode, Encode};
use pki::container::{self, ContainerError, ContainerFormat};
use pki::{
    Certificate, CertificateError, CertificateState, FindingCode, Profile, Severity, StatusError, TrustAnchor,
    UnverifiedRevocationList, Verdict, status_from_lists, validate,
};

use FindingCode::{
    AlgorithmForbidden, Expired, KeyUsage, Malformed, NotOfProfile, NotYetValid, PathConstraint, PathNotFound,
    PolicyMissing, SignatureInvalid, UnknownCriticalExtension,
};
use Outcome::{Invalid, NoStatus, Revoked, Unreadable, Valid};
use Standard::{Accept, Refuse};

/// What the suite wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standard {
    Accept,
    Refuse,
}

/// What comes out: a path that holds with every status good, or the first thing against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Valid,
    /// The end entity's certificate is not read.
    Unreadable,
    /// The path does not hold; the first error.
    Invalid(FindingCode),
    /// The path holds and a certificate of it is revoked or on hold.
    Revoked,
    /// The path holds and the status of a certificate of it cannot be told; the error's name.
    NoStatus(&'static str),
}

struct Case {
    number: &'static str,
    /// The end entity's file, without `EE.crt`.
    file: &'static str,
    standard: Standard,
    ours: Outcome,
    /// Why we are stricter than the standard.
    stricter: Option<&'static str>,
}

const fn case(number: &'static str, file: &'static str, standard: Standard, ours: Outcome) -> Case {
    Case { number, file, standard, ours, stricter: None }
}

const fn stricter(number: &'static str, file: &'static str, ours: Outcome, reason: &'static str) -> Case {
    Case { number, file, standard: Accept, ours, stricter: Some(reason) }
}

const DSA: &str = "DSA is not an accepted signature algorithm";
const BEFORE_1970: &str = "webpki reads no date before 1970";
const UNIQUE_IDENTIFIERS: &str = "webpki reads no issuerUniqueID, which RFC 5280 §4.1.2.8 forbids issuers to write";
const NAMES_BY_BYTES: &str = "webpki compares names byte for byte; OCES issuers write their own name as it stands";
const LIST_BY_ANOTHER_KEY: &str =
    "a revocation list counts by the issuer's certificate in the path only; OCES authorities sign both with one key";
const AUTHORITY_AT_THE_END: &str = "an authority's certificate is not judged as somebody's own";
const SELF_ISSUED_COUNTS: &str = "webpki counts self-issued authorities towards the length of a path; OCES has none";
const CRITICAL_POLICY_EXTENSIONS: &str =
    "webpki refuses critical policyConstraints, policyMappings and inhibitAnyPolicy; OCES writes none";
const DIRECTORY_NAMES: &str = "webpki refuses whatever a constraint on directory names could apply to, as RFC 5280 §4.2.1.10 allows; OCES has none";
const OTHER_NAMES: &str =
    "webpki refuses whatever a constraint on e-mail addresses or URIs could apply to; OCES has none";
const INDIRECT_LISTS: &str = "indirect revocation lists are not supported; OCES authorities publish their own";

const CASES: &[Case] = &[
    case("4.1.1", "ValidCertificatePathTest1", Accept, Valid),
    case("4.1.2", "InvalidCASignatureTest2", Refuse, Invalid(PathNotFound)),
    case("4.1.3", "InvalidEESignatureTest3", Refuse, Invalid(SignatureInvalid)),
    stricter("4.1.4", "ValidDSASignaturesTest4", Invalid(AlgorithmForbidden), DSA),
    stricter("4.1.5", "ValidDSAParameterInheritanceTest5", Invalid(AlgorithmForbidden), DSA),
    case("4.1.6", "InvalidDSASignatureTest6", Refuse, Unreadable),
    case("4.2.1", "InvalidCAnotBeforeDateTest1", Refuse, Invalid(NotYetValid)),
    case("4.2.2", "InvalidEEnotBeforeDateTest2", Refuse, Invalid(NotYetValid)),
    stricter("4.2.3", "Validpre2000UTCnotBeforeDateTest3", Invalid(Malformed), BEFORE_1970),
    case("4.2.4", "ValidGeneralizedTimenotBeforeDateTest4", Accept, Valid),
    case("4.2.5", "InvalidCAnotAfterDateTest5", Refuse, Invalid(Expired)),
    case("4.2.6", "InvalidEEnotAfterDateTest6", Refuse, Invalid(Expired)),
    case("4.2.7", "Invalidpre2000UTCEEnotAfterDateTest7", Refuse, Invalid(Expired)),
    case("4.2.8", "ValidGeneralizedTimenotAfterDateTest8", Accept, Valid),
    case("4.3.1", "InvalidNameChainingTest1", Refuse, Invalid(PathNotFound)),
    case("4.3.2", "InvalidNameChainingOrderTest2", Refuse, Invalid(PathNotFound)),
    stricter("4.3.3", "ValidNameChainingWhitespaceTest3", Invalid(PathNotFound), NAMES_BY_BYTES),
    stricter("4.3.4", "ValidNameChainingWhitespaceTest4", Invalid(PathNotFound), NAMES_BY_BYTES),
    stricter("4.3.5", "ValidNameChainingCapitalizationTest5", Invalid(PathNotFound), NAMES_BY_BYTES),
    stricter("4.3.6", "ValidNameUIDsTest6", Invalid(Malformed), UNIQUE_IDENTIFIERS),
    case("4.3.7", "ValidRFC3280MandatoryAttributeTypesTest7", Accept, Valid),
    case("4.3.8", "ValidRFC3280OptionalAttributeTypesTest8", Accept, Valid),
    case("4.3.9", "ValidUTF8StringEncodedNamesTest9", Accept, Valid),
    stricter("4.3.10", "ValidRolloverfromPrintableStringtoUTF8StringTest10", Invalid(PathNotFound), NAMES_BY_BYTES),
    stricter("4.3.11", "ValidUTF8StringCaseInsensitiveMatchTest11", Invalid(PathNotFound), NAMES_BY_BYTES),
    case("4.4.1", "InvalidMissingCRLTest1", Refuse, NoStatus("IssuerMismatch")),
    case("4.4.2", "InvalidRevokedCATest2", Refuse, Revoked),
    case("4.4.3", "InvalidRevokedEETest3", Refuse, Revoked),
    // Its signature is not of whole bytes: see `UNREADABLE`.
    case("4.4.4", "InvalidBadCRLSignatureTest4", Refuse, NoStatus("Malformed")),
    case("4.4.5", "InvalidBadCRLIssuerNameTest5", Refuse, NoStatus("IssuerMismatch")),
    case("4.4.6", "InvalidWrongCRLTest6", Refuse, NoStatus("IssuerMismatch")),
    case("4.4.7", "ValidTwoCRLsTest7", Accept, Valid),
    case("4.4.8", "InvalidUnknownCRLEntryExtensionTest8", Refuse, NoStatus("UnknownCriticalExtension")),
    case("4.4.9", "InvalidUnknownCRLExtensionTest9", Refuse, NoStatus("UnknownCriticalExtension")),
    case("4.4.10", "InvalidUnknownCRLExtensionTest10", Refuse, NoStatus("UnknownCriticalExtension")),
    case("4.4.11", "InvalidOldCRLnextUpdateTest11", Refuse, NoStatus("Stale")),
    case("4.4.12", "Invalidpre2000CRLnextUpdateTest12", Refuse, NoStatus("Stale")),
    case("4.4.13", "ValidGeneralizedTimeCRLnextUpdateTest13", Accept, Valid),
    case("4.4.14", "ValidNegativeSerialNumberTest14", Accept, Valid),
    case("4.4.15", "InvalidNegativeSerialNumberTest15", Refuse, Revoked),
    case("4.4.16", "ValidLongSerialNumberTest16", Accept, Valid),
    case("4.4.17", "ValidLongSerialNumberTest17", Accept, Valid),
    case("4.4.18", "InvalidLongSerialNumberTest18", Refuse, Revoked),
    stricter("4.4.19", "ValidSeparateCertificateandCRLKeysTest19", NoStatus("IssuerMismatch"), LIST_BY_ANOTHER_KEY),
    case("4.4.20", "InvalidSeparateCertificateandCRLKeysTest20", Refuse, NoStatus("IssuerMismatch")),
    case("4.4.21", "InvalidSeparateCertificateandCRLKeysTest21", Refuse, NoStatus("IssuerMismatch")),
    stricter("4.5.1", "ValidBasicSelfIssuedOldWithNewTest1", NoStatus("IssuerMismatch"), LIST_BY_ANOTHER_KEY),
    case("4.5.2", "InvalidBasicSelfIssuedOldWithNewTest2", Refuse, NoStatus("IssuerMismatch")),
    case("4.5.3", "ValidBasicSelfIssuedNewWithOldTest3", Accept, Valid),
    stricter("4.5.4", "ValidBasicSelfIssuedNewWithOldTest4", NoStatus("OutOfScope"), LIST_BY_ANOTHER_KEY),
    case("4.5.5", "InvalidBasicSelfIssuedNewWithOldTest5", Refuse, NoStatus("OutOfScope")),
    stricter("4.5.6", "ValidBasicSelfIssuedCRLSigningKeyTest6", NoStatus("OutOfScope"), LIST_BY_ANOTHER_KEY),
    case("4.5.7", "InvalidBasicSelfIssuedCRLSigningKeyTest7", Refuse, NoStatus("OutOfScope")),
    case("4.5.8", "InvalidBasicSelfIssuedCRLSigningKeyTest8", Refuse, Invalid(PathConstraint)),
    case("4.6.1", "InvalidMissingbasicConstraintsTest1", Refuse, Invalid(PathConstraint)),
    case("4.6.2", "InvalidcAFalseTest2", Refuse, Invalid(PathConstraint)),
    case("4.6.3", "InvalidcAFalseTest3", Refuse, Invalid(PathConstraint)),
    case("4.6.4", "ValidbasicConstraintsNotCriticalTest4", Accept, Valid),
    case("4.6.5", "InvalidpathLenConstraintTest5", Refuse, Invalid(PathConstraint)),
    case("4.6.6", "InvalidpathLenConstraintTest6", Refuse, Invalid(NotOfProfile)),
    case("4.6.7", "ValidpathLenConstraintTest7", Accept, Valid),
    stricter("4.6.8", "ValidpathLenConstraintTest8", Invalid(NotOfProfile), AUTHORITY_AT_THE_END),
    case("4.6.9", "InvalidpathLenConstraintTest9", Refuse, Invalid(PathConstraint)),
    case("4.6.10", "InvalidpathLenConstraintTest10", Refuse, Invalid(NotOfProfile)),
    case("4.6.11", "InvalidpathLenConstraintTest11", Refuse, Invalid(PathConstraint)),
    case("4.6.12", "InvalidpathLenConstraintTest12", Refuse, Invalid(NotOfProfile)),
    case("4.6.13", "ValidpathLenConstraintTest13", Accept, Valid),
    stricter("4.6.14", "ValidpathLenConstraintTest14", Invalid(NotOfProfile), AUTHORITY_AT_THE_END),
    stricter("4.6.15", "ValidSelfIssuedpathLenConstraintTest15", Invalid(PathConstraint), SELF_ISSUED_COUNTS),
    case("4.6.16", "InvalidSelfIssuedpathLenConstraintTest16", Refuse, Invalid(PathConstraint)),
    stricter("4.6.17", "ValidSelfIssuedpathLenConstraintTest17", Invalid(PathConstraint), SELF_ISSUED_COUNTS),
    case("4.7.1", "InvalidkeyUsageCriticalkeyCertSignFalseTest1", Refuse, Invalid(KeyUsage)),
    case("4.7.2", "InvalidkeyUsageNotCriticalkeyCertSignFalseTest2", Refuse, Invalid(KeyUsage)),
    case("4.7.3", "ValidkeyUsageNotCriticalTest3", Accept, Valid),
    case("4.7.4", "InvalidkeyUsageCriticalcRLSignFalseTest4", Refuse, NoStatus("IssuerMayNotSignLists")),
    case("4.7.5", "InvalidkeyUsageNotCriticalcRLSignFalseTest5", Refuse, NoStatus("IssuerMayNotSignLists")),
    case("4.8.1", "ValidCertificatePathTest1", Accept, Valid),
    case("4.8.2", "AllCertificatesNoPoliciesTest2", Accept, Valid),
    case("4.8.3", "DifferentPoliciesTest3", Accept, Valid),
    case("4.8.4", "DifferentPoliciesTest4", Refuse, Invalid(PolicyMissing)),
    case("4.8.5", "DifferentPoliciesTest5", Refuse, Invalid(PolicyMissing)),
    stricter("4.8.6", "OverlappingPoliciesTest6", Invalid(NotOfProfile), AUTHORITY_AT_THE_END),
    case("4.8.7", "DifferentPoliciesTest7", Refuse, Invalid(NotOfProfile)),
    case("4.8.8", "DifferentPoliciesTest8", Refuse, Invalid(NotOfProfile)),
    case("4.8.9", "DifferentPoliciesTest9", Refuse, Invalid(PolicyMissing)),
    case("4.8.10", "AllCertificatesSamePoliciesTest10", Accept, Valid),
    case("4.8.11", "AllCertificatesanyPolicyTest11", Accept, Valid),
    case("4.8.12", "DifferentPoliciesTest12", Refuse, Invalid(PolicyMissing)),
    case("4.8.13", "AllCertificatesSamePoliciesTest13", Accept, Valid),
    case("4.8.14", "AnyPolicyTest14", Accept, Valid),
    case("4.8.15", "UserNoticeQualifierTest15", Accept, Valid),
    case("4.8.16", "UserNoticeQualifierTest16", Accept, Valid),
    case("4.8.17", "UserNoticeQualifierTest17", Accept, Valid),
    case("4.8.18", "UserNoticeQualifierTest18", Accept, Valid),
    case("4.8.19", "UserNoticeQualifierTest19", Accept, Valid),
    case("4.8.20", "CPSPointerQualifierTest20", Accept, Valid),
    stricter("4.9.1", "ValidrequireExplicitPolicyTest1", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    stricter("4.9.2", "ValidrequireExplicitPolicyTest2", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.9.3", "InvalidrequireExplicitPolicyTest3", Refuse, Invalid(UnknownCriticalExtension)),
    stricter("4.9.4", "ValidrequireExplicitPolicyTest4", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.9.5", "InvalidrequireExplicitPolicyTest5", Refuse, Invalid(UnknownCriticalExtension)),
    stricter(
        "4.9.6",
        "ValidSelfIssuedrequireExplicitPolicyTest6",
        Invalid(UnknownCriticalExtension),
        CRITICAL_POLICY_EXTENSIONS,
    ),
    case("4.9.7", "InvalidSelfIssuedrequireExplicitPolicyTest7", Refuse, Invalid(UnknownCriticalExtension)),
    case("4.9.8", "InvalidSelfIssuedrequireExplicitPolicyTest8", Refuse, Invalid(UnknownCriticalExtension)),
    stricter("4.10.1", "ValidPolicyMappingTest1", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.10.2", "InvalidPolicyMappingTest2", Refuse, Invalid(UnknownCriticalExtension)),
    stricter("4.10.3", "ValidPolicyMappingTest3", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.10.4", "InvalidPolicyMappingTest4", Refuse, Invalid(UnknownCriticalExtension)),
    stricter("4.10.5", "ValidPolicyMappingTest5", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    stricter("4.10.6", "ValidPolicyMappingTest6", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.10.7", "InvalidMappingFromanyPolicyTest7", Refuse, Invalid(UnknownCriticalExtension)),
    case("4.10.8", "InvalidMappingToanyPolicyTest8", Refuse, Invalid(UnknownCriticalExtension)),
    stricter("4.10.9", "ValidPolicyMappingTest9", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.10.10", "InvalidPolicyMappingTest10", Refuse, Invalid(UnknownCriticalExtension)),
    stricter("4.10.11", "ValidPolicyMappingTest11", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    stricter("4.10.12", "ValidPolicyMappingTest12", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    stricter("4.10.13", "ValidPolicyMappingTest13", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    stricter("4.10.14", "ValidPolicyMappingTest14", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.11.1", "InvalidinhibitPolicyMappingTest1", Refuse, Invalid(UnknownCriticalExtension)),
    stricter("4.11.2", "ValidinhibitPolicyMappingTest2", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.11.3", "InvalidinhibitPolicyMappingTest3", Refuse, Invalid(UnknownCriticalExtension)),
    stricter("4.11.4", "ValidinhibitPolicyMappingTest4", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.11.5", "InvalidinhibitPolicyMappingTest5", Refuse, Invalid(UnknownCriticalExtension)),
    case("4.11.6", "InvalidinhibitPolicyMappingTest6", Refuse, Invalid(UnknownCriticalExtension)),
    stricter(
        "4.11.7",
        "ValidSelfIssuedinhibitPolicyMappingTest7",
        Invalid(UnknownCriticalExtension),
        CRITICAL_POLICY_EXTENSIONS,
    ),
    case("4.11.8", "InvalidSelfIssuedinhibitPolicyMappingTest8", Refuse, Invalid(UnknownCriticalExtension)),
    case("4.11.9", "InvalidSelfIssuedinhibitPolicyMappingTest9", Refuse, Invalid(UnknownCriticalExtension)),
    case("4.11.10", "InvalidSelfIssuedinhibitPolicyMappingTest10", Refuse, Invalid(UnknownCriticalExtension)),
    case("4.11.11", "InvalidSelfIssuedinhibitPolicyMappingTest11", Refuse, Invalid(UnknownCriticalExtension)),
    case("4.12.1", "InvalidinhibitAnyPolicyTest1", Refuse, Invalid(UnknownCriticalExtension)),
    stricter("4.12.2", "ValidinhibitAnyPolicyTest2", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    stricter("4.12.3", "inhibitAnyPolicyTest3", Invalid(UnknownCriticalExtension), CRITICAL_POLICY_EXTENSIONS),
    case("4.12.4", "InvalidinhibitAnyPolicyTest4", Refuse, Invalid(UnknownCriticalExtension)),
    case("4.12.5", "InvalidinhibitAnyPolicyTest5", Refuse, Invalid(UnknownCriticalExtension)),
    case("4.12.6", "InvalidinhibitAnyPolicyTest6", Refuse, Invalid(UnknownCriticalExtension)),
    stricter(
        "4.12.7",
        "ValidSelfIssuedinhibitAnyPolicyTest7",
        Invalid(UnknownCriticalExtension),
        CRITICAL_POLICY_EXTENSIONS,
    ),
    case("4.12.8", "InvalidSelfIssuedinhibitAnyPolicyTest8", Refuse, Invalid(UnknownCriticalExtension)),
    stricter(
        "4.12.9",
        "ValidSelfIssuedinhibitAnyPolicyTest9",
        Invalid(UnknownCriticalExtension),
        CRITICAL_POLICY_EXTENSIONS,
    ),
    case("4.12.10", "InvalidSelfIssuedinhibitAnyPolicyTest10", Refuse, Invalid(NotOfProfile)),
    stricter("4.13.1", "ValidDNnameConstraintsTest1", Invalid(PathConstraint), DIRECTORY_NAMES),
    case("4.13.2", "InvalidDNnameConstraintsTest2", Refuse, Invalid(PathConstraint)),
    case("4.13.3", "InvalidDNnameConstraintsTest3", Refuse, Invalid(PathConstraint)),
    stricter("4.13.4", "ValidDNnameConstraintsTest4", Invalid(PathConstraint), DIRECTORY_NAMES),
    stricter("4.13.5", "ValidDNnameConstraintsTest5", Invalid(PathConstraint), DIRECTORY_NAMES),
    stricter("4.13.6", "ValidDNnameConstraintsTest6", Invalid(PathConstraint), DIRECTORY_NAMES),
    case("4.13.7", "InvalidDNnameConstraintsTest7", Refuse, Invalid(PathConstraint)),
    case("4.13.8", "InvalidDNnameConstraintsTest8", Refuse, Invalid(PathConstraint)),
    case("4.13.9", "InvalidDNnameConstraintsTest9", Refuse, Invalid(PathConstraint)),
    case("4.13.10", "InvalidDNnameConstraintsTest10", Refuse, Invalid(PathConstraint)),
    stricter("4.13.11", "ValidDNnameConstraintsTest11", Invalid(PathConstraint), DIRECTORY_NAMES),
    case("4.13.12", "InvalidDNnameConstraintsTest12", Refuse, Invalid(PathConstraint)),
    case("4.13.13", "InvalidDNnameConstraintsTest13", Refuse, Invalid(PathConstraint)),
    stricter("4.13.14", "ValidDNnameConstraintsTest14", Invalid(PathConstraint), DIRECTORY_NAMES),
    case("4.13.15", "InvalidDNnameConstraintsTest15", Refuse, Invalid(PathConstraint)),
    case("4.13.16", "InvalidDNnameConstraintsTest16", Refuse, Invalid(PathConstraint)),
    case("4.13.17", "InvalidDNnameConstraintsTest17", Refuse, Invalid(PathConstraint)),
    stricter("4.13.18", "ValidDNnameConstraintsTest18", Invalid(PathConstraint), DIRECTORY_NAMES),
    stricter("4.13.19", "ValidDNnameConstraintsTest19", Invalid(PathConstraint), DIRECTORY_NAMES),
    case("4.13.20", "InvalidDNnameConstraintsTest20", Refuse, Invalid(PathConstraint)),
    stricter("4.13.21", "ValidRFC822nameConstraintsTest21", Invalid(PathConstraint), OTHER_NAMES),
    case("4.13.22", "InvalidRFC822nameConstraintsTest22", Refuse, Invalid(PathConstraint)),
    stricter("4.13.23", "ValidRFC822nameConstraintsTest23", Invalid(PathConstraint), OTHER_NAMES),
    case("4.13.24", "InvalidRFC822nameConstraintsTest24", Refuse, Invalid(PathConstraint)),
    stricter("4.13.25", "ValidRFC822nameConstraintsTest25", Invalid(PathConstraint), OTHER_NAMES),
    case("4.13.26", "InvalidRFC822nameConstraintsTest26", Refuse, Invalid(PathConstraint)),
    stricter("4.13.27", "ValidDNandRFC822nameConstraintsTest27", Invalid(PathConstraint), DIRECTORY_NAMES),
    case("4.13.28", "InvalidDNandRFC822nameConstraintsTest28", Refuse, Invalid(PathConstraint)),
    case("4.13.29", "InvalidDNandRFC822nameConstraintsTest29", Refuse, Invalid(PathConstraint)),
    case("4.13.30", "ValidDNSnameConstraintsTest30", Accept, Valid),
    case("4.13.31", "InvalidDNSnameConstraintsTest31", Refuse, Invalid(PathConstraint)),
    case("4.13.32", "ValidDNSnameConstraintsTest32", Accept, Valid),
    case("4.13.33", "InvalidDNSnameConstraintsTest33", Refuse, Invalid(PathConstraint)),
    stricter("4.13.34", "ValidURInameConstraintsTest34", Invalid(PathConstraint), OTHER_NAMES),
    case("4.13.35", "InvalidURInameConstraintsTest35", Refuse, Invalid(PathConstraint)),
    stricter("4.13.36", "ValidURInameConstraintsTest36", Invalid(PathConstraint), OTHER_NAMES),
    case("4.13.37", "InvalidURInameConstraintsTest37", Refuse, Invalid(PathConstraint)),
    case("4.13.38", "InvalidDNSnameConstraintsTest38", Refuse, Invalid(PathConstraint)),
    case("4.14.1", "ValiddistributionPointTest1", Accept, Valid),
    case("4.14.2", "InvaliddistributionPointTest2", Refuse, Revoked),
    case("4.14.3", "InvaliddistributionPointTest3", Refuse, NoStatus("OutOfScope")),
    case("4.14.4", "ValiddistributionPointTest4", Accept, Valid),
    case("4.14.5", "ValiddistributionPointTest5", Accept, Valid),
    case("4.14.6", "InvaliddistributionPointTest6", Refuse, Revoked),
    case("4.14.7", "ValiddistributionPointTest7", Accept, Valid),
    case("4.14.8", "InvaliddistributionPointTest8", Refuse, NoStatus("OutOfScope")),
    case("4.14.9", "InvaliddistributionPointTest9", Refuse, NoStatus("OutOfScope")),
    case("4.14.10", "ValidNoissuingDistributionPointTest10", Accept, Valid),
    case("4.14.11", "InvalidonlyContainsUserCertsTest11", Refuse, Invalid(NotOfProfile)),
    case("4.14.12", "InvalidonlyContainsCACertsTest12", Refuse, NoStatus("OutOfScope")),
    stricter("4.14.13", "ValidonlyContainsCACertsTest13", Invalid(NotOfProfile), AUTHORITY_AT_THE_END),
    case("4.14.14", "InvalidonlyContainsAttributeCertsTest14", Refuse, NoStatus("OutOfScope")),
    case("4.14.15", "InvalidonlySomeReasonsTest15", Refuse, Revoked),
    case("4.14.16", "InvalidonlySomeReasonsTest16", Refuse, Revoked),
    case("4.14.17", "InvalidonlySomeReasonsTest17", Refuse, NoStatus("SomeReasonsOnly")),
    case("4.14.18", "ValidonlySomeReasonsTest18", Accept, Valid),
    case("4.14.19", "ValidonlySomeReasonsTest19", Accept, Valid),
    case("4.14.20", "InvalidonlySomeReasonsTest20", Refuse, Revoked),
    case("4.14.21", "InvalidonlySomeReasonsTest21", Refuse, Revoked),
    stricter("4.14.22", "ValidIDPwithindirectCRLTest22", NoStatus("IndirectList"), INDIRECT_LISTS),
    case("4.14.23", "InvalidIDPwithindirectCRLTest23", Refuse, NoStatus("IndirectList")),
    stricter("4.14.24", "ValidIDPwithindirectCRLTest24", NoStatus("IssuerMismatch"), INDIRECT_LISTS),
    stricter("4.14.25", "ValidIDPwithindirectCRLTest25", NoStatus("IssuerMismatch"), INDIRECT_LISTS),
    case("4.14.26", "InvalidIDPwithindirectCRLTest26", Refuse, NoStatus("IssuerMismatch")),
    case("4.14.27", "InvalidcRLIssuerTest27", Refuse, NoStatus("IssuerMismatch")),
    stricter("4.14.28", "ValidcRLIssuerTest28", NoStatus("OutOfScope"), INDIRECT_LISTS),
    stricter("4.14.29", "ValidcRLIssuerTest29", NoStatus("OutOfScope"), INDIRECT_LISTS),
    stricter("4.14.30", "ValidcRLIssuerTest30", NoStatus("IssuerMismatch"), INDIRECT_LISTS),
    case("4.14.31", "InvalidcRLIssuerTest31", Refuse, NoStatus("IssuerMismatch")),
    case("4.14.32", "InvalidcRLIssuerTest32", Refuse, NoStatus("IssuerMismatch")),
    stricter("4.14.33", "ValidcRLIssuerTest33", NoStatus("IssuerMismatch"), INDIRECT_LISTS),
    case("4.14.34", "InvalidcRLIssuerTest34", Refuse, NoStatus("IndirectList")),
    case("4.14.35", "InvalidcRLIssuerTest35", Refuse, NoStatus("IndirectList")),
    case("4.15.1", "InvaliddeltaCRLIndicatorNoBaseTest1", Refuse, NoStatus("DeltaAlone")),
    case("4.15.2", "ValiddeltaCRLTest2", Accept, Valid),
    case("4.15.3", "InvaliddeltaCRLTest3", Refuse, Revoked),
    case("4.15.4", "InvaliddeltaCRLTest4", Refuse, Revoked),
    case("4.15.5", "ValiddeltaCRLTest5", Accept, Valid),
    case("4.15.6", "InvaliddeltaCRLTest6", Refuse, Revoked),
    case("4.15.7", "ValiddeltaCRLTest7", Accept, Valid),
    case("4.15.8", "ValiddeltaCRLTest8", Accept, Valid),
    case("4.15.9", "InvaliddeltaCRLTest9", Refuse, Revoked),
    case("4.15.10", "InvaliddeltaCRLTest10", Refuse, NoStatus("Stale")),
    case("4.16.1", "ValidUnknownNotCriticalCertificateExtensionTest1", Accept, Valid),
    case("4.16.2", "InvalidUnknownCriticalCertificateExtensionTest2", Refuse, Invalid(UnknownCriticalExtension)),
];

#[test]
fn every_case_of_the_suite_comes_out_as_the_table_says() {
    let Some(suite) = Suite::open() else { return };
    let mut others = Vec::new();
    for case in CASES {
        let outcome = suite.outcome(case.file);
        if outcome != case.ours {
            others.push(format!("{} {}: {outcome:?}, not {:?}", case.number, case.file, case.ours));
        }
    }
    assert!(others.is_empty(), "{} of {} cases:\n{}", others.len(), CASES.len(), others.join("\n"));
}

#[test]
fn nothing_that_the_suite_refuses_is_accepted_and_every_stricter_case_has_its_reason() {
    for case in CASES {
        match (case.standard, case.ours == Valid) {
            (Accept, true) | (Refuse, false) => assert_eq!(case.stricter, None, "{}", case.number),
            (Accept, false) => assert!(case.stricter.is_some(), "{} {}", case.number, case.file),
            (Refuse, true) => panic!("{} {} must not be accepted", case.number, case.file),
        }
    }
}

#[test]
fn no_end_entity_of_the_suite_and_no_number_of_a_section_is_left_out() {
    let sections = [6, 8, 11, 21, 8, 17, 5, 20, 8, 14, 11, 10, 38, 35, 10, 2];
    let expected: BTreeSet<String> = sections
        .iter()
        .enumerate()
        .flat_map(|(section, cases)| (1..=*cases).map(move |number| format!("4.{}.{number}", section + 1)))
        .collect();
    let numbers: Vec<String> = CASES.iter().map(|case| case.number.to_owned()).collect();
    assert_eq!(numbers.len(), expected.len());
    assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), expected);
    let Some(suite) = Suite::open() else { return };
    let in_table: BTreeSet<&str> = CASES.iter().map(|case| case.file).collect();
    let in_folder = suite.certificates.keys().map(String::as_str).chain(UNREADABLE.iter().copied());
    let in_folder: BTreeSet<&str> = in_folder.filter_map(|file| file.strip_suffix("EE")).collect();
    assert_eq!(in_table, in_folder);
}

#[test]
fn every_pkcs_12_file_of_the_suite_opens_with_its_password_and_no_other() {
    let Some(suite) = Suite::open() else { return };
    let mut opened = 0;
    for entry in std::fs::read_dir(suite.folder.join("pkcs12")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let file = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(container::read(&bytes, Some("Password")), Err(ContainerError::PasswordWrong), "{file}");
        let read = container::read(&bytes, Some("password"));
        if UNREADABLE.contains(&file) {
            assert!(matches!(read, Err(ContainerError::Certificate { .. })), "{file}: {read:?}");
            continue;
        }
        let container = read.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(container.format, ContainerFormat::Pkcs12);
        assert!(container.holds_private_key, "{file}");
        if let Some(certificate) = suite.certificates.get(file) {
            assert!(container.certificates.contains(certificate), "{file}");
        }
        opened += 1;
    }
    assert!(opened > 300, "{opened} files");
}

#[test]
fn every_pkcs_12_file_of_other_programs_beside_the_suite_opens_with_its_password() {
    let Some(suite) = Suite::open() else { return };
    let mut opened = 0;
    for entry in std::fs::read_dir(suite.folder.join("../../pkcs12")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "p12") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let reads = [None, Some("password"), Some("cryptography")].map(|password| container::read(&bytes, password));
        let opens = |read: &Result<_, _>| match read {
            Ok(_) | Err(ContainerError::NoCertificate { holds_private_key: true }) => true,
            Err(_) => false,
        };
        assert_eq!(reads.iter().filter(|read| opens(read)).count(), 1, "{}: {reads:?}", path.display());
        assert_eq!(container::read(&bytes, Some("forkert")), Err(ContainerError::PasswordWrong), "{}", path.display());
        opened += 1;
    }
    assert!(opened >= 30, "{opened} files");
}

/// The certificates that are not read at all: their signatures have bits that are not whole bytes.
const UNREADABLE: &[&str] = &["BadSignedCACert", "InvalidDSASignatureTest6EE"];

/// An instant at which the suite's certificates are valid.
fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2020-01-01T00:00:00Z").unwrap().with_timezone(&Utc)
}

struct Suite {
    folder: PathBuf,
    /// By the file's name, without its extension.
    certificates: BTreeMap<String, Certificate>,
    revocation_lists: Vec<Vec<u8>>,
}

impl Suite {
    #[allow(clippy::print_stderr, reason = "a skipped test says so where the person who runs it looks")]
    fn open() -> Option<Self> {
        let Some(folder) = std::env::var_os("PKITS").map(PathBuf::from).filter(|folder| folder.is_dir()) else {
            eprintln!("SKIPPED: PKITS names no folder with the test suite of NIST");
            return None;
        };
        let read = |name: &str| -> BTreeMap<String, Vec<u8>> {
            std::fs::read_dir(folder.join(name))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
                .collect()
        };
        let mut unreadable = BTreeSet::new();
        let certificates = read("certs")
            .into_iter()
            .filter_map(|(name, bytes)| match Certificate::from_der(&bytes) {
                Ok(certificate) => Some((name, certificate)),
                Err(error) => {
                    assert_eq!(error, CertificateError::Malformed, "{name}");
                    unreadable.insert(name);
                    None
                }
            })
            .collect();
        assert_eq!(unreadable.iter().map(String::as_str).collect::<Vec<_>>(), UNREADABLE);
        let revocation_lists = read("crls").into_values().collect();
        Some(Self { folder, certificates, revocation_lists })
    }

    fn outcome(&self, file: &str) -> Outcome {
        let Some(certificate) = self.certificates.get(&format!("{file}EE")) else {
            return Unreadable;
        };
        let anchor = &self.certificates["TrustAnchorRootCertificate"];
        let anchors = [TrustAnchor::new(anchor.clone())];
        let report = validate(certificate, &self.authorities_of(certificate), &anchors, now(), Profile::Any);
        if report.verdict != Verdict::Valid {
            let first = report.findings.iter().find(|finding| finding.severity != Severity::Warning);
            return Invalid(first.expect("what is not valid has a reason").code);
        }
        // From the trust anchor down, as the standard goes.
        let mut no_status = None;
        for pair in report.path.windows(2).rev() {
            let [subject, issuer] = pair else { unreachable!("windows of two") };
            match self.status(subject, issuer) {
                Ok(CertificateState::Good) => {}
                Ok(CertificateState::Suspended { .. } | CertificateState::Revoked { .. }) => return Revoked,
                Ok(CertificateState::Unknown) => no_status = Some("Unknown"),
                Err(error) => no_status = no_status.or(Some(name_of(&error))),
            }
        }
        no_status.map_or(Valid, NoStatus)
    }

    /// Every authority whose name is the issuer's, and theirs, but for capitals and spaces.
    fn authorities_of(&self, certificate: &Certificate) -> Vec<Certificate> {
        let mut found: Vec<Certificate> = Vec::new();
        let mut wanted = vec![folded(certificate.issuer_der())];
        while let Some(name) = wanted.pop() {
            for (file, authority) in &self.certificates {
                let is_candidate = !file.ends_with("EE") && folded(authority.subject_der()) == name;
                if is_candidate && file != "TrustAnchorRootCertificate" && !found.contains(authority) {
                    wanted.push(folded(authority.issuer_der()));
                    found.push(authority.clone());
                }
            }
        }
        found
    }

    /// The status by whichever lists of the suite bear the issuer's name and signature; where none does, why one that
    /// bears the name is refused.
    fn status(&self, certificate: &Certificate, issuer: &Certificate) -> Result<CertificateState, StatusError> {
        let mut refused = Vec::new();
        let mut lists = Vec::new();
        for bytes in &self.revocation_lists {
            match UnverifiedRevocationList::from_der(bytes.as_slice()).and_then(|list| list.verify(issuer)) {
                Ok(list) => lists.push(list),
                Err(StatusError::IssuerMismatch) => {}
                Err(error) if bears_name(bytes, issuer.subject_der()) => refused.push(error),
                Err(_) => {}
            }
        }
        match status_from_lists(&lists, certificate, now()) {
            Err(StatusError::IssuerMismatch) if !refused.is_empty() => Err(refused.remove(0)),
            told => told.map(|status| status.state),
        }
    }
}

/// Whether a list is by an issuer of this name, as another reader than ours sees it.
fn bears_name(list: &[u8], name: &[u8]) -> bool {
    let list = x509_cert::crl::CertificateList::from_der(list).expect("every list of the suite is one");
    list.tbs_cert_list.issuer.to_der().expect("a name") == name
}

/// A name's DER with letters small, without spaces, and with one string type: the test's way to find who is meant.
fn folded(name: &[u8]) -> Vec<u8> {
    let text = name.iter().filter(|byte| byte.is_ascii_graphic()).map(u8::to_ascii_lowercase);
    text.filter(|byte| byte.is_ascii_alphanumeric()).collect()
}

fn name_of(error: &StatusError) -> &'static str {
    match error {
        StatusError::IssuerMismatch => "IssuerMismatch",
        StatusError::IndirectList => "IndirectList",
        StatusError::OutOfScope(_) => "OutOfScope",
        StatusError::SomeReasonsOnly => "SomeReasonsOnly",
        StatusError::DeltaAlone => "DeltaAlone",
        StatusError::DeltaMismatch(_) => "DeltaMismatch",
        StatusError::Stale { .. } => "Stale",
        StatusError::FromTheFuture { .. } => "FromTheFuture",
        StatusError::NextUpdateMissing => "NextUpdateMissing",
        StatusError::SignatureInvalid(_) => "SignatureInvalid",
        StatusError::AlgorithmForbidden(_) => "AlgorithmForbidden",
        StatusError::UnknownCriticalExtension { .. } => "UnknownCriticalExtension",
        StatusError::IssuerMayNotSignLists => "IssuerMayNotSignLists",
        StatusError::Malformed(_) => "Malformed",
        other => panic!("no list of the suite ends in {other:?}"),
    }
}
