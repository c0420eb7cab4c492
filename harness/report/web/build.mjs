// SPDX-License-Identifier: MIT
//
// node build.mjs OUT: page.js with what it imports becomes OUT/page.packed (deflated, in base64),
// loader.js becomes OUT/loader.min.js, and OUT/policy is how a page's policy allows just these two.

import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';

async function bundle(file) {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    legalComments: 'none',
    write: false,
  });
  return Buffer.from(outputFiles[0].contents);
}

const out = process.argv[2];
const [page, loader] = [await bundle('page.js'), await bundle('loader.js')];
const allow = (code) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`;
writeFileSync(`${out}/page.packed`, deflateSync(page, { level: 9 }).toString('base64'));
writeFileSync(`${out}/loader.min.js`, loader);
writeFileSync(`${out}/policy`, `${allow(page)} ${allow(loader)}`);
