"""What pyHanko says of signed documents: one line of JSON for each.

judge.py ROOT.pem MOMENT [--status] DOCUMENT...

MOMENT is RFC 3339. With --status, every certificate below the root must have a status, from the document's own store.
`valid` is validate_pdf_signature's verdict; `basic` and `with_time` are the AdES (sub-)indications of
ETSI EN 319 102-1 §5.3 and §5.5.
"""

import asyncio
import json
import logging
import sys
from datetime import datetime

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import ades, async_validate_pdf_signature
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge, RevinfoOnlineFetchingRule, RevocationInfoGatheringSpec, SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager

logging.disable(logging.CRITICAL)


def specification(root, rule, knowledge):
    return SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(trust_roots=[root]),
            revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule)),
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY
        ),
        local_knowledge=knowledge,
    )


async def said(judgement):
    try:
        result = await judgement
        name = str(getattr(result.ades_subindic, 'name', result.ades_subindic))
        return f'{name} {result.failure_msg}' if name != 'OK' else name
    except Exception as error:  # whatever it stumbles over is a refusal
        return f'{type(error).__name__}: {error}'[:120]


async def judge(document, root, moment, with_status):
    rule = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED if with_status else RevocationCheckingRule.NO_CHECK
    timing = ValidationTimingInfo(moment, moment, True)
    with open(document, 'rb') as handle:
        reader = PdfFileReader(handle)
        signatures = reader.embedded_regular_signatures
        if len(signatures) != 1:
            return {'signatures': len(signatures), 'valid': False}
        signature = signatures[0]
        context = ValidationContext(
            trust_roots=[root], moment=moment, allow_fetching=False, revocation_mode='soft-fail'
        )
        try:
            status = await async_validate_pdf_signature(signature, context)
            report = {
                'valid': bool(status.bottom_line),
                'intact': bool(status.intact),
                'coverage': status.coverage.name,
                'modification': status.modification_level.name if status.modification_level else None,
            }
        except Exception as error:
            report = {'valid': False, 'error': f'{type(error).__name__}: {error}'[:120]}
        knowledge = ades._dss_to_local_knowledge(reader) if with_status else LocalKnowledge()
        spec = specification(root, rule, knowledge)
        digest = signature.compute_digest()
        report['basic'] = await said(
            ades.ades_basic_validation(signature.signed_data, spec, timing_info=timing, raw_digest=digest)
        )
        report['with_time'] = await said(
            ades.ades_with_time_validation(signature.signed_data, spec, timing_info=timing, raw_digest=digest)
        )
        return report


async def main():
    arguments = [argument for argument in sys.argv[1:] if argument != '--status']
    root, moment, *documents = arguments
    root = load_cert_from_pemder(root)
    moment = datetime.fromisoformat(moment.replace('Z', '+00:00'))
    for document in documents:
        try:
            report = await judge(document, root, moment, '--status' in sys.argv)
        except Exception as error:
            report = {'valid': False, 'error': f'{type(error).__name__}: {error}'[:120]}
        print(json.dumps({'document': document, **report}))


asyncio.run(main())
