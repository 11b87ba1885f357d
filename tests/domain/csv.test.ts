import { expect, test } from 'bun:test';
import { csvHeader, csvText } from '../../src/domain/csv.ts';
import { aRecord } from '../support/builders.ts';
import { parseCsv } from '../support/csv.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';

test('the header is the fourteen columns in their fixed order', () => {
  expect(csvHeader()).toBe(
    'cycle_timestamp_iso,model_id,provider_name,provider_model_id,request_url,request_body,request_headers_sanitized,' +
      'request_start_iso,response_end_iso,duration_ms,response_status_code,response_body_raw,response_headers_sanitized,error_message\n',
  );
});

test('a record is one row of fourteen fields; null is an empty one', () => {
  const record = aRecord({ providerModelId: null, durationMs: 512.125, responseStatusCode: -1 });
  expect(parseCsv(csvText([record]))).toEqual([
    [
      '2026-08-03T12:00:00.000Z',
      'acme/Thinker-7B',
      'swiftcloud',
      '',
      'https://router.huggingface.co/swiftcloud/v1/chat/completions',
      record.requestBody!,
      record.requestHeadersSanitized!,
      '2026-08-03T12:00:00.012Z',
      record.responseEndIso!,
      '512.125',
      '-1',
      record.responseBodyRaw!,
      record.responseHeadersSanitized!,
      '',
    ],
  ]);
});

test('no record is no text', () => {
  expect(csvText([])).toBe('');
});

test('hostile values come back as they were, formulas unescaped', () => {
  const records = HOSTILE_TEXTS.map((text) =>
    aRecord({ providerName: text, responseBodyRaw: text, errorMessage: text }),
  );
  const rows = parseCsv(csvHeader() + csvText(records)).slice(1);
  expect(rows.map((row) => [row[2], row[11], row[13]])).toEqual(HOSTILE_TEXTS.map((text) => [text, text, text]));
});
