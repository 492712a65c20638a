"""One table of rows from several files, printed and written as JSON. Ends with 1 where a limit does not hold.

table.py TABLE.json FIGURES.json...

A row has `what`, `unit`, `ours`, `peer` and `peer_name` (or null), `limit` (ours at most this, or null) and `ratio_limit`
(ours/peer below this, or null).
"""

import json
import os
import subprocess
import sys


def judged(row):
    ratio = row['ours'] / row['peer'] if row['peer'] else None
    holds = []
    if row['limit'] is not None:
        holds.append(row['ours'] <= row['limit'])
    if row['ratio_limit'] is not None:
        holds.append(ratio is not None and ratio < row['ratio_limit'])
    return {**row, 'ratio': ratio, 'holds': all(holds) if holds else None}


def number(value, unit=''):
    if value is None:
        return '–'
    digits = 1 if value >= 100 else 2 if value >= 1 else 4 if value < 0.01 else 3
    return f'{value:.{digits}f} {unit}'.rstrip()


def limits(row):
    words = []
    if row['limit'] is not None:
        words.append(f'≤ {row["limit"]:g} {row["unit"]}')
    if row['ratio_limit'] is not None:
        words.append(f'ratio < {row["ratio_limit"]:g}')
    return ' and '.join(words) or '–'


def machine():
    """Facts that the figures depend on."""
    with open('/proc/cpuinfo') as file:
        names = [line.split(':', 1)[1].strip() for line in file if line.startswith('model name')]
    compiler = subprocess.run(['rustc', '--version'], capture_output=True, text=True).stdout.split()
    openssl = subprocess.run(['openssl', 'version'], capture_output=True, text=True).stdout.split()
    return {
        'processor': names[0] if names else 'unknown', 'cores': os.cpu_count(),
        'rust': compiler[1] if len(compiler) > 1 else None, 'openssl': openssl[1] if len(openssl) > 1 else None,
        'load': [round(load, 2) for load in os.getloadavg()],
    }


def main():
    out, *files = sys.argv[1:]
    rows = []
    for name in files:
        with open(name) as file:
            rows.extend(judged(row) for row in json.load(file))
    facts = machine()
    with open(out, 'w') as file:
        json.dump({'machine': facts, 'rows': rows}, file, indent=1, ensure_ascii=False)
    answer = {True: 'yes', False: 'NO', None: '–'}
    lines = [('', 'ours', 'peer', 'ratio', 'limit', 'holds?', 'the peer')]
    lines += [
        (row['what'], number(row['ours'], row['unit']), number(row['peer'], row['unit']), number(row['ratio']),
         limits(row), answer[row['holds']], row['peer_name'] or '–')
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(7)]
    print(f"{facts['processor']}, {facts['cores']} cores, load {facts['load'][0]}; medians, the programs in turns")
    for line in lines:
        cells = [
            cell.rjust(width) if column in (1, 2, 3) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        ]
        print('  '.join(cells).rstrip())
    print(f'written to {out}')
    sys.exit(1 if any(row['holds'] is False for row in rows) else 0)


main()
