/** What a provider is tried for once a day, in the order of asking. */
export const FEATURES = ['tool_call', 'json_schema', 'system_prompt', 'stop', 'seed', 'cache'] as const;
export type Feature = (typeof FEATURES)[number];
