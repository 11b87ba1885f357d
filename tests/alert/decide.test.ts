import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { decide } from '../../src/alert/decide.ts';
import type { Alarm } from '../../src/domain/alarm.ts';
import type { AlertSettings } from '../../src/domain/settings.ts';
import type { Notice, ToldAlarm } from '../../src/ports.ts';
import { aChannel, alertSettings, anAlarm, HOUR_MS, MINUTE_MS, NOW_MS } from '../support/alarms.ts';

/** A store in memory, and one turn after the other. */
function rememberer(settings: AlertSettings = alertSettings(), { isFirstStart = false } = {}) {
  const told = new Map<string, ToldAlarm>();
  let first = isFirstStart;
  return {
    turn(nowMs: number, ...alarms: readonly Alarm[]): readonly Notice[] {
      const decision = decide({ alarms, told: [...told.values()], settings, nowMs, isFirstStart: first });
      first = false;
      for (const key of decision.over) told.delete(key);
      for (const one of decision.told) told.set(one.alarm.key, one);
      return decision.notices;
    },
    keys: () => [...told.keys()],
  };
}

const said = (notices: readonly Notice[]) =>
  notices.map(({ channel, kind, alarms }) => `${channel}: ${kind} ${alarms.map(({ key }) => key).join(' ')}`);
const over = (overrides: Partial<Alarm> = {}) => anAlarm({ isOver: true, ...overrides });

describe('what is told', () => {
  test('an alarm that begins is told once', () => {
    const store = rememberer();

    expect(said(store.turn(NOW_MS, anAlarm()))).toEqual(['team: begun incident-1']);
    expect(said(store.turn(NOW_MS + 30 * MINUTE_MS, anAlarm()))).toEqual([]);
  });

  test('all that begins at once is one message for each channel, the most urgent first', () => {
    const store = rememberer(alertSettings({}, [aChannel(), aChannel({ name: 'chat' })]));
    const alarms = [
      anAlarm({ key: 'c', severity: 'info' }),
      anAlarm({ key: 'b', sinceMs: NOW_MS }),
      anAlarm({ key: 'a', sinceMs: NOW_MS - 1 }),
    ];

    expect(said(store.turn(NOW_MS, ...alarms))).toEqual(['team: begun a b c', 'chat: begun a b c']);
  });

  test('ids of messages differ by channel, kind, moment and what they tell; the same turn again has the same', () => {
    const settings = alertSettings({}, [aChannel(), aChannel({ name: 'chat' })]);
    const ids = (nowMs: number) =>
      rememberer(settings)
        .turn(nowMs, anAlarm())
        .map(({ noticeId }) => noticeId);

    expect(new Set([...ids(NOW_MS), ...ids(NOW_MS + 1)]).size).toBe(4);
    expect(ids(NOW_MS)).toEqual(ids(NOW_MS));
  });
});

describe('the first start', () => {
  test('what is on already is not told, nor reminded of, nor told as over', () => {
    const store = rememberer(alertSettings(), { isFirstStart: true });

    expect(store.turn(NOW_MS, anAlarm())).toEqual([]);
    expect(store.turn(NOW_MS + 5 * HOUR_MS, anAlarm())).toEqual([]);
    expect(store.turn(NOW_MS + 6 * HOUR_MS, over())).toEqual([]);
    expect(store.turn(NOW_MS + 7 * HOUR_MS, over())).toEqual([]);
    expect(store.keys()).toEqual([]);
  });

  test('what begins later is told as ever', () => {
    const store = rememberer(alertSettings(), { isFirstStart: true });
    store.turn(NOW_MS, anAlarm());

    expect(said(store.turn(NOW_MS + HOUR_MS, anAlarm(), anAlarm({ key: 'new', title: 'Another' })))).toEqual([
      'team: begun new',
    ]);
  });
});

describe('reminders', () => {
  test('come an hour after the last word about it, and not before', () => {
    const store = rememberer();
    store.turn(NOW_MS, anAlarm());

    expect(store.turn(NOW_MS + HOUR_MS - 1, anAlarm())).toEqual([]);
    expect(said(store.turn(NOW_MS + HOUR_MS, anAlarm()))).toEqual(['team: reminder incident-1']);
    expect(store.turn(NOW_MS + 2 * HOUR_MS - 1, anAlarm())).toEqual([]);
  });

  test('do not come where the rule wants none', () => {
    const store = rememberer(alertSettings({ outage: { remindMinutes: 0 } }));
    store.turn(NOW_MS, anAlarm());

    expect(store.turn(NOW_MS + 1000 * HOUR_MS, anAlarm())).toEqual([]);
  });

  test('whatever happens, an alarm is spoken of at most once an hour while it is on (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 2 * HOUR_MS }), there: fc.boolean() }), {
          maxLength: 40,
        }),
        (turns) => {
          const store = rememberer(alertSettings({ backlog: { remindMinutes: 60 } }));
          const alarm = anAlarm({ key: 'backlog', rule: 'backlog' });
          const toldAtMs: number[] = [];
          let nowMs = NOW_MS;
          for (const { afterMs, there } of turns) {
            nowMs += afterMs;
            if (store.turn(nowMs, ...(there ? [alarm] : [])).length > 0) toldAtMs.push(nowMs);
          }
          expect(toldAtMs.slice(1).every((atMs, i) => atMs - toldAtMs[i]! >= HOUR_MS)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('over', () => {
  test('is told once it has stayed over for the time of the rule, and then forgotten', () => {
    const store = rememberer();
    store.turn(NOW_MS, anAlarm());

    expect(store.turn(NOW_MS + 30 * MINUTE_MS, over())).toEqual([]);
    expect(store.turn(NOW_MS + 39 * MINUTE_MS, over())).toEqual([]);
    expect(said(store.turn(NOW_MS + 40 * MINUTE_MS, over()))).toEqual(['team: over incident-1']);
    expect(store.turn(NOW_MS + 50 * MINUTE_MS, over())).toEqual([]);
  });

  test('is told to those who heard that it began', () => {
    const channels = [aChannel(), aChannel({ name: 'phone', minSeverity: 'critical' })];
    const store = rememberer(alertSettings({ outage: { settleMinutes: 0 } }, channels));
    store.turn(NOW_MS, anAlarm({ severity: 'warning' }));

    expect(said(store.turn(NOW_MS + HOUR_MS, over({ severity: 'critical' })))).toEqual(['team: over incident-1']);
  });

  test('of something nobody heard of is not told', () => {
    expect(rememberer().turn(NOW_MS, over())).toEqual([]);
  });

  test('is told too when it was last seen as over, and is not spoken of any more', () => {
    const store = rememberer();
    store.turn(NOW_MS, anAlarm());
    store.turn(NOW_MS + HOUR_MS, over());

    expect(said(store.turn(NOW_MS + 2 * HOUR_MS))).toEqual(['team: over incident-1']);
  });

  test('an incident that is gone without being over (silenced, acknowledged) is forgotten without a word', () => {
    const store = rememberer();
    store.turn(NOW_MS, anAlarm());

    expect(store.turn(NOW_MS + HOUR_MS)).toEqual([]);
    expect(store.keys()).toEqual([]);
  });

  test('a trouble of our own that is unknown for a while (after a restart) is told as over all the same', () => {
    const store = rememberer();
    const push = { key: 'push', rule: 'push', endpoints: [] } as const;
    store.turn(NOW_MS, anAlarm(push));

    expect(store.turn(NOW_MS + 2 * HOUR_MS)).toEqual([]);
    expect(said(store.turn(NOW_MS + 3 * HOUR_MS, over(push)))).toEqual(['team: over push']);
  });
});

describe('what flaps', () => {
  test('is told once: back before it settled, it never ended', () => {
    const store = rememberer();
    const moments = [0, 5, 10, 15, 20, 25, 30];
    const notices = moments.flatMap((minute, i) =>
      store.turn(NOW_MS + minute * MINUTE_MS, anAlarm({ isOver: i % 2 === 1 })),
    );

    expect(said(notices)).toEqual(['team: begun incident-1']);
  });

  test('also as one incident after the other about the same', () => {
    const store = rememberer();
    store.turn(NOW_MS, anAlarm({ key: 'a' }));
    store.turn(NOW_MS + 10 * MINUTE_MS, over({ key: 'a' }));
    const [again, thrice] = ['b', 'c'].map((key) => anAlarm({ key, sinceMs: NOW_MS + 15 * MINUTE_MS }));

    expect(store.turn(NOW_MS + 15 * MINUTE_MS, over({ key: 'a' }), again!)).toEqual([]);
    expect(store.turn(NOW_MS + 20 * MINUTE_MS, over({ key: 'a' }), over({ key: 'b' }), thrice!)).toEqual([]);
    expect(store.keys()).toEqual(['c']);
    const [end] = [0, 10]
      .map((m) => store.turn(NOW_MS + (60 + m) * MINUTE_MS, over({ key: 'c', sinceMs: NOW_MS + 1 })))
      .reverse();
    expect(end).toMatchObject([{ kind: 'over', alarms: [{ key: 'c', sinceMs: NOW_MS }] }]);
  });
});

describe('a rule', () => {
  test('that is off tells nothing, and lets go of what it told', () => {
    const store = rememberer(alertSettings({ outage: false }));

    expect(store.turn(NOW_MS, anAlarm())).toEqual([]);
    const before = { alarm: anAlarm(), lastToldAtMs: NOW_MS, channels: ['team'], overSinceMs: null };
    const settings = alertSettings({ outage: false });
    const turned = decide({ alarms: [over()], told: [before], settings, nowMs: NOW_MS, isFirstStart: false });
    expect(turned).toEqual({ told: [], over: ['incident-1'], notices: [] });
  });

  test('waits until it has lasted as long as asked for', () => {
    const store = rememberer(alertSettings({ outage: { afterMinutes: 30 } }));

    expect(store.turn(NOW_MS + 29 * MINUTE_MS, anAlarm())).toEqual([]);
    expect(store.turn(NOW_MS + 30 * MINUTE_MS, anAlarm())).toHaveLength(1);
  });

  test.each([
    [{ models: ['acme/*'] }, 1],
    [{ models: ['other/*'] }, 0],
    [{ providers: ['GROQ', 'x'] }, 1],
    [{ models: ['*'], providers: ['together'] }, 0],
  ])('%j picks by model and provider', (rule, messages) => {
    expect(rememberer(alertSettings({ outage: rule })).turn(NOW_MS, anAlarm())).toHaveLength(messages);
  });

  test('that picks targets still lets through what is about everybody', () => {
    const store = rememberer(alertSettings({ outage: { models: ['other/*'] } }));

    expect(store.turn(NOW_MS, anAlarm({ endpoints: [] }))).toHaveLength(1);
  });

  test('gives a severity of its own, and goes to the channels it names', () => {
    const channels = [aChannel(), aChannel({ name: 'phone', minSeverity: 'critical' })];
    const settings = alertSettings({}, channels);
    const outage = { ...settings.rules.outage, severity: 'warning', channels: ['team', 'phone'] } as const;
    const store = rememberer({ ...settings, rules: { ...settings.rules, outage } });

    const notices = store.turn(NOW_MS, anAlarm());
    expect(said(notices)).toEqual(['team: begun incident-1']);
    expect(notices[0]!.alarms[0]!.severity).toBe('warning');
  });
});

test('each channel hears of an alarm that it began, perhaps reminders, and then that it is over, whatever comes (property)', () => {
  const KEYS = ['a', 'b', 'c'] as const;
  const turn = fc.record({ afterMinutes: fc.integer({ min: 0, max: 100 }), on: fc.subarray([...KEYS]) });
  const channels = [aChannel(), aChannel({ name: 'phone', minSeverity: 'critical' })];
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 40 }), (turns) => {
      const store = rememberer(alertSettings({}, channels));
      let nowMs = NOW_MS;
      const heard = new Map<string, string>();
      for (const { afterMinutes, on } of turns) {
        nowMs += afterMinutes * MINUTE_MS;
        const alarms = KEYS.map((key) =>
          anAlarm({ key, title: key, isOver: !on.includes(key), severity: key === 'c' ? 'warning' : 'critical' }),
        );
        for (const { channel, kind, alarms: told } of store.turn(nowMs, ...alarms))
          for (const { key } of told) heard.set(`${channel} ${key}`, (heard.get(`${channel} ${key}`) ?? '') + kind[0]);
      }
      expect([...heard.values()].filter((kinds) => !/^(br*o)*(br*)?$/.test(kinds))).toEqual([]);
      expect(heard.get('phone c')).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});
