import type { DiagnosisView } from './bindings/DiagnosisView';
import type { ObstacleView } from './bindings/ObstacleView';
import type { ProbeView } from './bindings/ProbeView';

/** A diagnosis as plain English text for whoever helps. No name, no e-mail address and no secret is in it. */
export function supportReport(diagnosis: DiagnosisView): string {
  const lines = [`Certifikatguide ${diagnosis.version}`, `Examined at: ${diagnosis.at}`, '', 'Probes'];
  lines.push(...diagnosis.probes.map((probe) => `- ${probeLine(probe)}`));
  lines.push('', 'Certificates');
  if (diagnosis.certificates.length === 0) lines.push('- none');
  for (const { certificate, portal, practice, under_way, usable, obstacles } of diagnosis.certificates) {
    const standing = [
      under_way ? 'under way' : 'former',
      practice ? 'practice' : 'real',
      usable ? 'usable' : 'not usable',
    ];
    lines.push(
      `- serial number ${certificate.serial_number} (${standing.join(', ')})`,
      `  portal: ${portal}`,
      `  issuer: ${certificate.issuer}`,
      `  validity: ${certificate.not_before} to ${certificate.not_after}`,
      `  key: ${certificate.key}, signature: ${certificate.signature}`,
      ...obstacles.map((obstacle) => `  obstacle: ${obstacleLine(obstacle)}`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function probeLine({ target, address, outcome }: ProbeView): string {
  const where = address ? `${target} (${address})` : target;
  switch (outcome.result) {
    case 'works':
      return outcome.detail ? `${where}: works, ${outcome.detail}` : `${where}: works`;
    case 'fails':
      return `${where}: FAILS, ${outcome.problem}: ${outcome.detail}`;
    case 'not-used':
      return `${where}: not used`;
  }
}

function obstacleLine(obstacle: ObstacleView): string {
  return obstacle.kind === 'problem' ? obstacle.code : `${obstacle.code}: ${obstacle.detail}`;
}
