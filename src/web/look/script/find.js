// What is searched for is suggested: models and providers, by a part of their name.
import { on, ROOT } from './dom.js';

on('focusin', async ({ target }) => {
  if (!target.list || target.list.firstChild) return;
  for (const what of ['models', 'providers']) {
    const answer = await (await fetch(`${ROOT}api/v1/${what}`)).json();
    for (const { model_id, provider } of answer[what]) target.list.append(new Option('', model_id ?? provider));
  }
});
