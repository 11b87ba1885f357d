import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAlerts } from '../../src/alert/alerts-file.ts';
import { NO_ALERTS, parseAlerts } from '../../src/alert/settings.ts';
import { ALERT_RULES } from '../../src/domain/alarm.ts';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dir, '../..');
const ENVIRONMENT = {
  ALERT_SLACK_URL: 'https://hooks.slack.com/services/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',
  ALERT_DISCORD_URL: 'https://discord.com/api/webhooks/123456789012345678/aBcD-eFgH_iJkL',
  ALERT_NTFY_URL: 'https://ntfy.sh/our-secret-topic',
  ALERT_NTFY_TOKEN: 'tk_Wd83kfPq02mXz7',
  ALERT_WEBHOOK_URL: 'https://pager.example/in?key=Zq81LmRt',
  ALERT_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  HF_TOKEN: 'hf_this_goes_nowhere_else',
};
const parse = (alerts: unknown, environment: Readonly<Record<string, string>> = ENVIRONMENT) =>
  parseAlerts(typeof alerts === 'string' ? alerts : JSON.stringify(alerts), new Map(Object.entries(environment)));
const slack = (overrides: object = {}) => ({
  channels: { team: { type: 'slack', urlFrom: 'ALERT_SLACK_URL', ...overrides } },
});

describe('alerts.json', () => {
  test('the example in the box is right', () => {
    const { settings, problems } = parse(readFileSync(join(ROOT, 'alerts.example.json'), 'utf8'));

    expect(problems).toEqual([]);
    expect(settings.channels).toEqual([
      { name: 'team', type: 'slack', minSeverity: 'info', url: ENVIRONMENT.ALERT_SLACK_URL },
      { name: 'chat', type: 'discord', minSeverity: 'warning', url: ENVIRONMENT.ALERT_DISCORD_URL },
      {
        ...{ name: 'phone', type: 'ntfy', minSeverity: 'critical' },
        ...{ url: 'https://ntfy.sh/', topic: 'our-secret-topic', token: ENVIRONMENT.ALERT_NTFY_TOKEN },
      },
      {
        ...{ name: 'pager', type: 'webhook', minSeverity: 'info' },
        ...{ url: ENVIRONMENT.ALERT_WEBHOOK_URL, secret: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
      },
    ]);
    expect(settings.rules.slow).toMatchObject({ afterMs: 3_600_000, models: ['meta-llama/*', 'Qwen/*'] });
    expect(settings.rules.feature_fails.isOn).toBe(false);
    expect(settings.limits.backlogMs).toBe(12 * 3_600_000);
  });

  test('README shows that example, and explains every rule', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

    const shown = /```json\n(\{\n {2}"channels".*?)```/s.exec(readme)?.[1];
    expect(shown).toBe(readFileSync(join(ROOT, 'alerts.example.json'), 'utf8'));
    expect(ALERT_RULES.filter((rule) => !readme.includes(`\n| \`${rule}\` | `))).toEqual([]);
  });

  test('an empty object is right: nobody is told, and every rule is on', () => {
    const { settings, problems, secrets } = parse({});

    expect([problems, secrets]).toEqual([[], []]);
    expect(settings).toEqual(NO_ALERTS);
    expect(ALERT_RULES.filter((rule) => !settings.rules[rule].isOn)).toEqual([]);
    expect(settings.quorum).toBe(1);
    expect(settings.limits).toEqual({ budgetShare: 1, pushFailures: 3, backlogMs: 86_400_000, calibrationMs: 5 });
  });

  test('tells the redactor what makes a hook a secret, and not the words that all hooks share', () => {
    const { secrets } = parse(readFileSync(join(ROOT, 'alerts.example.json'), 'utf8'));

    expect(secrets).toEqual([
      ...['T0123ABCD', 'B0123ABCD', 'k9LmQ2wXz7RtYv4PbN8sDf6G', '123456789012345678', 'aBcD-eFgH_iJkL'],
      ...['our-secret-topic', 'tk_Wd83kfPq02mXz7', 'Zq81LmRt', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ]);
  });

  test('every problem is told at once, with its place and what is allowed', () => {
    const { problems } = parse({
      channels: { team: { type: 'slack', urlFrom: 'HF_TOKEN' }, phone: { type: 'pigeon' }, chat: 7 },
      rules: {
        outage: { afterMinutes: -1, remindMinutes: 30, models: [] },
        slow: 'yes',
        push: { failures: 0, models: ['x'] },
        backlog: { minutes: 1.5 },
        budget: { share: 2 },
        change: { severity: 'loud' },
      },
      more: true,
    });

    expect(problems).toEqual([
      'channels.team.urlFrom must be the name of an environment variable that begins with ALERT_ (never the URL or the secret itself)',
      'channels.phone.type must be one of slack, discord, ntfy, webhook',
      'channels.chat must be an object with a type: one of slack, discord, ntfy, webhook',
      'rules.outage.remindMinutes must be 0 (never), or a whole number of minutes from 60 to 10080',
      'rules.outage.afterMinutes must be a whole number of minutes from 0 to 10080',
      'rules.outage.models must be a list of patterns like "meta-llama/*"',
      'rules.slow must be an object with no other keys than on, severity, remindMinutes, settleMinutes, channels, afterMinutes, models, providers',
      'rules.change.severity must be one of info, warning, critical',
      'rules.budget.share must be a share from 0.1 to 1',
      'rules.push.failures must be a whole number of failures from 1 to 1000',
      'rules.push must be an object with no other keys than on, severity, remindMinutes, settleMinutes, channels, failures',
      'rules.backlog.minutes must be a whole number of minutes from 10 to 10080',
      'must be an object with no other keys than channels, rules',
    ]);
  });

  test('an outage may need several places that see it', () => {
    const quorumOf = (outage: object) => parse({ rules: { outage } });
    expect(quorumOf({ quorum: 2 }).settings.quorum).toBe(2);
    expect(quorumOf({ quorum: 0 }).problems).toEqual([
      'rules.outage.quorum must be a whole number of places from 1 to 100',
    ]);
  });

  test('a secret in the wrong place is not repeated', () => {
    const secret = ENVIRONMENT.ALERT_SLACK_URL;
    const wrong = [
      slack({ urlFrom: secret }),
      slack({ [secret]: 'x' }),
      { channels: { [secret]: { type: 'slack', urlFrom: 'ALERT_SLACK_URL' } } },
      { [secret]: 1 },
      { rules: { outage: { channels: [secret] } } },
      `{"channels": ${secret}}`,
      JSON.stringify(secret),
    ];
    for (const alerts of wrong) {
      const { problems } = parse(alerts);
      expect(problems).toHaveLength(1);
      expect(problems[0]).not.toMatch(/hooks|T0123ABCD|k9Lm/);
    }
  });

  test.each([['HF_TOKEN'], ['HF_HUB_TOKEN'], ['PATH'], ['ALERTS_PATH'], ['alert_x'], ['ALERT_'], ['X_ALERT_URL']])(
    'the variable %s cannot be sent anywhere',
    (urlFrom) => {
      expect(parse(slack({ urlFrom }), { ...ENVIRONMENT, [urlFrom]: 'https://a.example/b' }).problems).toHaveLength(1);
    },
  );

  test('a variable that is not set, or holds something else, is named with what it must hold', () => {
    const { ALERT_SLACK_URL: _, ...without } = ENVIRONMENT;
    expect(parse(slack(), without).problems).toEqual(['channels.team.urlFrom names ALERT_SLACK_URL, which is not set']);

    const urls = ['http://hooks.slack.com/x', 'https://me:pw@hooks.slack.com/x', 'file:///etc/passwd', 'x'];
    for (const url of urls) {
      expect(parse(slack(), { ALERT_SLACK_URL: url }).problems).toEqual([
        'channels.team.urlFrom: ALERT_SLACK_URL must hold an https URL (http only to this machine) without user name or password',
      ]);
    }
    expect(parse(slack(), { ALERT_SLACK_URL: 'http://127.0.0.1:9/x' }).problems).toEqual([]);
  });

  test('ntfy needs a topic, a webhook a secret of 24 to 64 bytes', () => {
    const channels = {
      phone: { type: 'ntfy', urlFrom: 'ALERT_NTFY_URL' },
      pager: { type: 'webhook', urlFrom: 'ALERT_WEBHOOK_URL', secretFrom: 'ALERT_WEBHOOK_SECRET' },
    };
    const environment = { ...ENVIRONMENT, ALERT_NTFY_URL: 'https://ntfy.sh/', ALERT_WEBHOOK_SECRET: 'whsec_c2hvcnQ=' };

    expect(parse({ channels }, environment).problems).toEqual([
      'channels.phone.urlFrom: ALERT_NTFY_URL must hold an https URL (http only to this machine) without user name or password, which ends in a topic',
      'channels.pager.secretFrom: ALERT_WEBHOOK_SECRET must hold whsec_ and 24 to 64 bytes in base64, as `openssl rand -base64 32` makes them',
    ]);
    expect(
      parse({ channels: { ...channels, pager: { type: 'webhook', urlFrom: 'ALERT_WEBHOOK_URL' } } }).problems,
    ).toEqual(['channels.pager.secretFrom must be the name of an environment variable']);
  });

  test('a rule may name channels that are there', () => {
    expect(parse({ ...slack(), rules: { outage: { channels: ['team'] } } }).settings.rules.outage.channels).toEqual([
      'team',
    ]);
    expect(parse({ ...slack(), rules: { outage: { channels: ['chat'] } } }).problems).toEqual([
      'rules.outage.channels must be names of channels: team',
    ]);
  });

  test.each(['', '{', '[1', 'hello'])('%j is no JSON, and that is said', (text) => {
    expect(parse(text).problems).toEqual(['is no JSON: look at its commas, quotes and brackets']);
  });
});

describe('ALERTS_PATH', () => {
  const read = (path: string | null, folder: string) => readAlerts(path, folder, new Map());

  test('names nothing by default, where there is no such file; any other path must lead to one', () => {
    using folder = tempDir();

    expect(read('./alerts.json', folder.path)).toEqual({ settings: NO_ALERTS, secrets: [], problems: [] });
    expect(read(null, folder.path).problems).toEqual([]);
    expect(read('./other.json', folder.path).problems).toEqual([
      'ALERTS_PATH (./other.json) names a file that is not there; alerts.example.json shows one',
    ]);
    expect(read('.', folder.path).problems).toEqual(['ALERTS_PATH (.) names a file that cannot be read (EISDIR)']);
  });
});
