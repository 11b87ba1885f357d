/** Invented models, most trending first. None of them exists. */
export interface ModelSeed {
  readonly id: string;
  readonly billionParameters: number;
  readonly reasons: boolean;
  readonly contextLength: number;
  /**
   * How the Hub lists it. `served`: by several providers · `unserved`: nobody serves it live · `refused`: live only where a Hugging Face
   * token is not taken, or for another task · `misnamed`: an id that is none · `vision`: chat, but of another pipeline.
   */
  readonly listing: 'served' | 'unserved' | 'refused' | 'misnamed' | 'vision';
}

const model = (
  id: string,
  billionParameters: number,
  listing: ModelSeed['listing'] = 'served',
  reasons = false,
  contextLength = 131_072,
): ModelSeed => ({ id, billionParameters, reasons, contextLength, listing });

const TRENDING: readonly ModelSeed[] = [
  model('aurora-labs/Aurora-70B-Instruct', 70),
  model('tidepool/Undertow-123B-Preview', 123, 'unserved'),
  model('nimbus-ai/Nimbus-R2-32B', 32, 'served', true),
  model('larkspur-research/Lark-8B-Chat', 8, 'served', false, 32_768),
  model('quarry-ml/Basalt-405B', 405, 'refused'),
  model('polestar/Meridian-MoE-235B-A22B', 235, 'served', true, 262_144),
  model('glasswing/Mothlight-VL-27B', 27, 'vision'),
  model('not a model id', 1, 'misnamed'),
  model('saltmarsh/Heron-24B-Instruct-2507', 24),
  model('copperleaf/Juniper-Coder-14B', 14, 'served', false, 65_536),
  model('aurora-labs/Aurora-Think-120B', 120, 'served', true),
  model('wintergreen/Spruce-3B-it', 3, 'served', false, 16_384),
];

/** The long tail, so that lists have more than one page. */
const FAMILIES = ['tarn-ai/Cairn', 'hollow-oak/Acorn', 'brightwater/Otter', 'slate-labs/Ferrule', 'moor-ml/Curlew'];
const SIZES = [1, 4, 9, 22, 72];

export const MODEL_SEEDS: readonly ModelSeed[] = [
  ...TRENDING,
  ...SIZES.flatMap((size) => FAMILIES.map((family) => model(`${family}-${size}B-Instruct`, size))),
];
