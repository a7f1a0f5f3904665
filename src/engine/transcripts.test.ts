import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTranscript } from './testing/transcript.ts';

const folder = join(import.meta.dirname, 'testdata/transcripts');

/**
 * Each file is a story of commands and what the cluster said. `npx vitest run transcripts -u` writes them anew: read the
 * difference, and commit it only when you can say why each line changed.
 */
describe('transcripts', { timeout: 120_000 }, () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
    it(file, async () => {
      const path = join(folder, file);
      await expect(runTranscript(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path);
    });
  }
});
