"""Declarations signed and verified by ours and by pyHanko, in turns, in one run.

beside_pyhanko.py OURS FOLDER FIGURES.json [ROUNDS]

OURS is the benchmark program of the crate `declaration`: it leaves keys, certificates and documents in FOLDER, then
measures what it is asked to. pyHanko runs in this process, with keys and certificates read before, its key in the form in
which it signs, documents in memory, no network, and the garbage collector at rest while the time is taken. Signatures
are RSASSA-PSS over SHA-256 on both sides.

FIGURES.json gets a list of rows for table.py.
"""

import asyncio
import gc
import io
import json
import logging
import os
import statistics
import subprocess
import sys
import time
from datetime import datetime
from importlib.metadata import version

from cryptography.hazmat.primitives import serialization
from pyhanko.keys import load_cert_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import DocumentSecurityStore, ades, async_validate_pdf_signature
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge, RevinfoOnlineFetchingRule, RevocationInfoGatheringSpec, SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleCertificateStore, SimpleTrustManager
from pyhanko_certvalidator.util import process_pss_params

logging.disable(logging.CRITICAL)

# As much as ours leaves, in hexadecimal digits; so told, pyHanko need not sign once to find out.
ROOM = 2 * 24 * 1024

# Milliseconds.
LIMIT = 10.0


class ReadyKey(signers.SimpleSigner):
    """pyHanko's own signer reads and checks its key again for every signature: this one does so once."""

    ready = None

    def sign_raw(self, data, digest_algorithm):
        mechanism = self.get_signature_mechanism_for_digest(digest_algorithm)
        return self.ready.sign(data, *process_pss_params(mechanism['parameters']))


class PyHanko:
    def __init__(self, folder, employees, moment):
        def read(name):
            with open(os.path.join(folder, name), 'rb') as file:
                return file.read()

        def certificate(name):
            return load_cert_from_pemder(os.path.join(folder, name))

        self.moment = moment
        self.root, self.issuing = certificate('root.pem'), certificate('issuing.pem')
        store = SimpleCertificateStore.from_certs([self.issuing])
        self.documents = [
            {kind: read(f'{place}.{kind}.pdf') for kind in ('prepared', 'b-b', 'b-lt')} for place in range(employees)
        ]
        self.signers = {'own': [], 'ready': []}
        for place in range(employees):
            key = os.path.join(folder, f'{place}.key')
            for kind, signer in (('own', signers.SimpleSigner), ('ready', ReadyKey)):
                self.signers[kind].append(signer(
                    signing_cert=certificate(f'{place}.pem'),
                    signing_key=load_private_key_from_pemder(key, passphrase=None),
                    cert_registry=store, prefer_pss=True, embed_roots=False,
                ))
            self.signers['ready'][place].ready = serialization.load_pem_private_key(read(f'{place}.key'), None)
        self.turn = 0

    def next(self, kind):
        self.turn = (self.turn + 1) % len(self.documents)
        return self.documents[self.turn][kind]

    async def sign(self, which='ready'):
        document = self.next('prepared')
        metadata = signers.PdfSignatureMetadata(
            field_name='Signature1', md_algorithm='sha256', subfilter=fields.SigSeedSubFilter.PADES
        )
        out = await signers.PdfSigner(metadata, signer=self.signers[which][self.turn]).async_sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(document)), output=io.BytesIO(), bytes_reserved=ROOM
        )
        return out.getvalue()

    async def sign_with_own_signer(self):
        return await self.sign('own')

    async def verify_b_b(self):
        return await self.validate(self.next('b-b'), lambda _reader: ValidationContext(
            trust_roots=[self.root], moment=self.moment, allow_fetching=False, revocation_mode='soft-fail'
        ))

    async def verify_b_lt(self):
        return await self.validate(
            self.next('b-lt'),
            lambda reader: DocumentSecurityStore.read_dss(reader).as_validation_context({
                'trust_roots': [self.root], 'moment': self.moment, 'allow_fetching': False,
                'revocation_mode': 'soft-fail',
            }),
        )

    async def validate(self, document, context):
        reader = PdfFileReader(io.BytesIO(document))
        [signature] = reader.embedded_regular_signatures
        return await async_validate_pdf_signature(signature, context(reader))

    async def ades(self):
        """EN 319 102-1 §5.5 with the evidence of the document's own store, and what was changed after the signature."""
        reader = PdfFileReader(io.BytesIO(self.next('b-lt')))
        [signature] = reader.embedded_regular_signatures
        signature.compute_integrity_info()
        rule = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
        specification = SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(trust_roots=[self.root]),
                revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule)),
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
            local_knowledge=ades._dss_to_local_knowledge(reader),
        )
        result = await ades.ades_with_time_validation(
            signature.signed_data, specification, raw_digest=signature.compute_digest(),
            timing_info=ValidationTimingInfo(self.moment, self.moment, True),
        )
        return result, signature


class Ours:
    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, 'beside', folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ready = json.loads(self.process.stdout.readline())

    def run(self, task, repetitions):
        """Milliseconds of each repetition."""
        self.process.stdin.write(f'{task} {repetitions}\n')
        self.process.stdin.flush()
        return [nanoseconds / 1e6 for nanoseconds in json.loads(self.process.stdout.readline())]

    def end(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            sys.exit('our program failed')


async def run(task, repetitions):
    """Milliseconds of each repetition."""
    times = []
    gc.collect()
    gc.disable()
    for _ in range(repetitions):
        began = time.perf_counter()
        await task()
        times.append((time.perf_counter() - began) * 1000)
    gc.enable()
    return times


def expect(holds, what):
    if not holds:
        sys.exit(f'pyHanko did not answer as it should: {what}')


async def check(peer):
    """What is measured is what is meant."""
    for which in ('own', 'ready'):
        signed = await peer.sign(which)
        status = await peer.validate(signed, lambda _reader: ValidationContext(
            trust_roots=[peer.root], other_certs=[peer.issuing], moment=peer.moment, allow_fetching=False,
            revocation_mode='soft-fail',
        ))
        expect(status.intact and status.valid and status.trusted, f'its own signature: {status.summary()}')
        expect(status.pkcs7_signature_mechanism == 'rsassa_pss', 'its own signature is no RSASSA-PSS')
    status = await peer.verify_b_b()
    expect(status.bottom_line, f'B-B: {status.summary()}')
    status = await peer.verify_b_lt()
    expect(status.bottom_line and status.timestamp_validity.trusted, f'B-LT: {status.summary()}')
    result, signature = await peer.ades()
    expect(result.ades_subindic.name == 'OK', f'B-LT by AdES: {result.ades_subindic}')
    levels = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
    expect(signature.diff_result.modification_level in levels, f'B-LT changed: {signature.diff_result}')


# Task of ours, task of pyHanko's, what the row says of each, limits in milliseconds and as a ratio.
ROWS = [
    ('render and sign', 'sign', 'render and sign, B-B', 'signs the rendered file', LIMIT, 1.0),
    ('sign', 'sign', 'sign alone, B-B', 'signs the rendered file', None, None),
    ('sign', 'sign_with_own_signer', 'sign alone, B-B', 'SimpleSigner, which reads its key again', None, None),
    ('render', None, 'render alone', None, None, None),
    ('verify B-B', 'verify_b_b', 'verify, B-B', 'async_validate_pdf_signature', None, None),
    ('verify B-LT', 'ades', 'verify, B-LT', 'ades_with_time_validation', LIMIT, None),
    ('verify B-LT', 'verify_b_lt', 'verify, B-LT', 'async_validate_pdf_signature', None, None),
    ('verify B-LT and render again', None, 'verify a declaration, B-LT, and render it again', None, None, None),
    ('check a time-stamp', None, 'check a time-stamp token', None, None, None),
]


async def main():
    program, folder, figures = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 25
    ours = Ours(program, folder)
    peer = PyHanko(folder, ours.ready['employees'], datetime.fromisoformat(ours.ready['moment']))
    await check(peer)
    our_tasks = list(dict.fromkeys(row[0] for row in ROWS))
    their_tasks = list(dict.fromkeys(row[1] for row in ROWS if row[1]))
    mine, theirs = {task: [] for task in our_tasks}, {task: [] for task in their_tasks}
    pairs = list(dict.fromkeys((row[0], row[1]) for row in ROWS))
    for round in range(-2, rounds):
        for our_task, their_task in pairs:
            # Now the one first, now the other; and the first rounds are for warming up.
            for turn in ((0, 1) if round % 2 else (1, 0)):
                if turn == 0:
                    times, kept = ours.run(our_task, 2), mine[our_task]
                elif their_task:
                    times, kept = await run(getattr(peer, their_task), 2), theirs[their_task]
                if round >= 0 and (turn == 0 or their_task):
                    kept.extend(times)
    ours.end()
    rows = []
    for our_task, their_task, what, how, limit, ratio_limit in ROWS:
        our, their = statistics.median(mine[our_task]), their_task and statistics.median(theirs[their_task])
        rows.append({
            'what': what, 'unit': 'ms', 'ours': our, 'peer': their,
            'peer_name': f'pyHanko {version("pyHanko")}: {how}' if how else None,
            'limit': limit, 'ratio_limit': ratio_limit,
            'ours_quartiles': statistics.quantiles(mine[our_task], n=4),
            'peer_quartiles': statistics.quantiles(theirs[their_task], n=4) if their_task else None,
            'runs': len(mine[our_task]),
        })
    with open(figures, 'w') as file:
        json.dump(rows, file, indent=1)


asyncio.run(main())
