"""Signs `unsigned.pdf` in the working folder with pyHanko at B-B, B-T and B-LT: `b-b.pdf`, `b-t.pdf`, `b-lt.pdf`.

sign.py MOMENT

MOMENT is RFC 3339: when it is signed and time-stamped. The folder has `signer.pem`, `signer.key`, `tsa.pem`, `tsa.key`,
`issuing.pem`, `root.pem`, and the evidence `*.ocsp` and `*.crl`.
"""

import asyncio
import glob
import sys
from datetime import datetime, timezone

import pyhanko.sign.signers.pdf_signer as pdf_signer
from asn1crypto import crl, ocsp
from pyhanko.keys import load_cert_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

MOMENT = datetime.fromisoformat(sys.argv[1].replace('Z', '+00:00')).astimezone(timezone.utc)


class Standing(datetime):
    @classmethod
    def now(cls, tz=None):
        return MOMENT if tz is not None else MOMENT.replace(tzinfo=None)


pdf_signer.datetime = Standing


def read(kind, pattern):
    return [kind.load(open(name, 'rb').read()) for name in sorted(glob.glob(pattern))]


async def main():
    root, issuing = load_cert_from_pemder('root.pem'), load_cert_from_pemder('issuing.pem')
    store = SimpleCertificateStore.from_certs([issuing, root])
    signer = signers.SimpleSigner(
        signing_cert=load_cert_from_pemder('signer.pem'),
        signing_key=load_private_key_from_pemder('signer.key', passphrase=None),
        cert_registry=store,
    )
    tsa_key = load_private_key_from_pemder('tsa.key', passphrase=None)
    stamper = DummyTimeStamper(load_cert_from_pemder('tsa.pem'), tsa_key, certs_to_embed=store, fixed_dt=MOMENT)
    for name, timestamper, long_term in [
        ('b-b.pdf', None, False), ('b-t.pdf', stamper, False), ('b-lt.pdf', stamper, True)
    ]:
        context = ValidationContext(
            trust_roots=[root], other_certs=[issuing], moment=MOMENT, allow_fetching=False,
            revocation_mode='soft-fail', ocsps=read(ocsp.OCSPResponse, '*.ocsp'),
            crls=read(crl.CertificateList, '*.crl'),
        )
        metadata = signers.PdfSignatureMetadata(
            field_name='Signature1', md_algorithm='sha256', subfilter=fields.SigSeedSubFilter.PADES,
            embed_validation_info=long_term, validation_context=context if long_term else None,
        )
        with open('unsigned.pdf', 'rb') as handle, open(name, 'wb') as out:
            await signers.PdfSigner(metadata, signer=signer, timestamper=timestamper).async_sign_pdf(
                IncrementalPdfFileWriter(handle), output=out
            )


asyncio.run(main())
