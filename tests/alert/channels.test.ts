import { describe, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import { createChannel, requestFor, signature } from '../../src/alert/channels.ts';
import type { ChannelSettings } from '../../src/domain/settings.ts';
import { createRedactor } from '../../src/lib/redact.ts';
import { describeAlertChannel } from '../contract/alert-channel.ts';
import { aChannel, aNotice, anAlarm, NOW_MS } from '../support/alarms.ts';

const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const PATH = 'Kq7RtvX2mPzW9sLdYc4B';
const TOKEN = 'tk_Wd83kfPq02mXz7';
const SECRETS = [SECRET, PATH, TOKEN];

const under = (settings: Partial<ChannelSettings>) => ({
  secrets: SECRETS,
  open: (origin: string, timeoutMs: number) =>
    createChannel(aChannel({ url: `${origin}/hook/${PATH}?key=${PATH}`, ...settings }), {
      ...{ fetch, timeoutMs, nowMs: () => NOW_MS, redact: createRedactor(SECRETS) },
    }),
});
const joined = (body: unknown) => JSON.stringify(body);

describeAlertChannel('Slack', {
  ...under({ type: 'slack' }),
  textOf: (body) => (body as { blocks: [unknown, { text: { text: string } }] }).blocks[1].text.text,
  mostCharacters: 3000,
  idempotencyHeader: null,
});
describeAlertChannel('Discord', {
  ...under({ type: 'discord' }),
  textOf: (body) => (body as { content: string }).content,
  mostCharacters: 2000,
  idempotencyHeader: null,
});
describeAlertChannel('ntfy', {
  ...under({ type: 'ntfy', topic: 'a-topic', token: TOKEN }),
  textOf: (body) => (body as { message: string }).message,
  mostCharacters: 4096 / 3,
  idempotencyHeader: null,
});
describeAlertChannel('A webhook', {
  ...under({ type: 'webhook', secret: SECRET }),
  textOf: joined,
  mostCharacters: null,
  idempotencyHeader: 'webhook-id',
});

const sent = (settings: Partial<ChannelSettings>, notice = aNotice()) => {
  const { body, ...request } = requestFor(aChannel(settings), notice, NOW_MS);
  return { ...request, text: body!, body: JSON.parse(body!) };
};

describe('Slack', () => {
  test('reads no quoted text as a link, a mention or an entity', () => {
    const text = '<!channel> <https://evil.example|click> &amp; *bold*';
    const { body } = sent({ type: 'slack' }, aNotice({ alarms: [anAlarm({ title: text, text })] }));

    expect(body.text).toBe('&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp;amp; *bold*');
    expect(body.blocks[1].text).toEqual({
      type: 'mrkdwn',
      verbatim: true,
      text: `*${body.text}* (critical, since 2026-08-01 12:00 UTC)\n${body.text}`,
    });
    expect(body.blocks[0].text).toEqual({ type: 'plain_text', emoji: false, text });
  });

  test('a long message is not cut within an entity', () => {
    const alarms = [anAlarm({ text: '&'.repeat(400), title: '&'.repeat(120) })];
    const { text } = sent({ type: 'slack' }, aNotice({ alarms })).body.blocks[1].text;
    expect(text).toEndWith('&amp;');
    expect(text.length).toBeLessThanOrEqual(3000);
  });
});

describe('Discord', () => {
  test('mentions nobody, shows no preview, and waits until the message is there', () => {
    const { url, body } = sent({ type: 'discord', url: 'https://discord.com/api/webhooks/1/abc?thread_id=7' });

    expect(url).toBe('https://discord.com/api/webhooks/1/abc?thread_id=7&wait=true');
    expect(body).toMatchObject({ allowed_mentions: { parse: [] }, flags: 4 });
  });

  test('reads no quoted text as markup', () => {
    const text = '@everyone **x** [a](https://evil.example) `c` <@1> ||s||';
    const { body } = sent({ type: 'discord' }, aNotice({ alarms: [anAlarm({ text })] }));

    expect(body.content).toContain(
      '\\@everyone \\*\\*x\\*\\* \\[a\\]\\(https\\://evil.example\\) \\`c\\` \\<\\@1\\> \\|\\|s\\|\\|',
    );
  });
});

describe('ntfy', () => {
  const ntfy = { type: 'ntfy', url: 'https://ntfy.sh/', topic: 'a-topic', token: null } as const;

  test('publishes as JSON, so that nothing quoted stands in a header', () => {
    const { url, headers, body } = sent(
      ntfy,
      aNotice({ alarms: [anAlarm({ title: 'Ausfall: größer\r\nx-evil: 1' })] }),
    );

    expect(url).toBe('https://ntfy.sh/');
    expect(headers).toEqual({ 'content-type': 'application/json; charset=utf-8' });
    expect(body).toMatchObject({ topic: 'a-topic', priority: 5, tags: ['rotating_light'] });
    expect(body.title).toStartWith('Ausfall: größer');
  });

  test('shows its token where it has one, and is quieter when something is over', () => {
    const { headers, body } = sent({ ...ntfy, token: TOKEN }, aNotice({ kind: 'over' }));

    expect(headers).toMatchObject({ authorization: `Bearer ${TOKEN}` });
    expect(body).toMatchObject({
      priority: 3,
      tags: ['white_check_mark'],
      title: 'Over: Outage: groq, all its models',
    });
  });
});

describe('a webhook', () => {
  test('is signed as Standard Webhooks are', () => {
    // The worked example of the standard's own libraries.
    expect(signature('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', SECRET, 1614265330_999)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('the signature is over the very bytes that are sent, with the moment of this try', () => {
    const { headers, text } = sent({ type: 'webhook', secret: SECRET });
    const content = `${aNotice().noticeId}.${NOW_MS / 1000}.${text}`;
    const expected = createHmac('sha256', Buffer.from(SECRET, 'base64')).update(content).digest('base64');

    expect(headers).toMatchObject({ 'webhook-signature': `v1,${expected}`, 'idempotency-key': aNotice().noticeId });
  });

  test('tells everything, by names that stay', () => {
    expect(sent({ type: 'webhook', secret: SECRET }).body).toEqual({
      type: 'alert.begun',
      timestamp: '2026-08-01T12:00:00.000Z',
      data: {
        notice_id: aNotice().noticeId,
        alarms: [
          {
            ...{ key: 'incident-1', rule: 'outage', severity: 'critical', title: 'Outage: groq, all its models' },
            ...{ text: '6 of 6 models fail with http_5xx.', is_over: false, since: '2026-08-01T12:00:00.000Z' },
            endpoints: [{ model_id: 'acme/one', provider: 'groq' }],
          },
        ],
      },
    });
  });
});

describe('a message', () => {
  test('about many things counts them, shows ten, and says how many more there are', () => {
    const alarms = Array.from({ length: 14 }, (_, i) => anAlarm({ key: `${i}`, title: `Outage ${i}`, text: '' }));
    const { body } = sent({ type: 'slack' }, aNotice({ kind: 'reminder', alarms }));

    expect(body.text).toBe('14 alerts go on, the first: Outage 0');
    expect(body.blocks[1].text.text).toEndWith('\n\n… and 4 more');
  });
});
