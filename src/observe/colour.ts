import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** Colours are for terminals, and for people who did not say no (https://no-color.org). */
export function wantsColour(
  output: { readonly isTTY?: boolean | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return output.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}

export function painted(text: string, style: Style | undefined, colour: boolean): string {
  return colour && style !== undefined && text !== '' ? styleText(style, text, { validateStream: false }) : text;
}
