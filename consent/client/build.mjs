// Makes static/consent/v1/banner.js of src/; with --check it only says whether what is committed is that.
import {readFile, readdir, writeFile} from 'node:fs/promises';
import {build, transform} from 'esbuild';

const here = new URL('.', import.meta.url);
const made = new URL('../../static/consent/v1/banner.js', here);
const target = ['es2021', 'chrome99', 'firefox101', 'safari16.4'];

const minifiedStyles = {
  name: 'minified-styles',
  setup: ({onLoad}) =>
    onLoad({filter: /\.css$/}, async ({path}) => ({
      contents: (await transform(await readFile(path, 'utf8'), {loader: 'css', minify: true, charset: 'utf8'})).code.trim(),
      loader: 'text',
    })),
};

// One file of texts is one language; English is what a page in another one gets.
const languages = (await readdir(new URL('../initial/', here))).map((name) => /^texts\.(\w+)\.json$/.exec(name)?.[1]).filter(Boolean);
languages.sort((one, other) => (other === 'en') - (one === 'en') || one.localeCompare(other));

// What can be pressed while no texts can be had.
const withdraw = {};
for (const language of languages) {
  withdraw[language] = JSON.parse(await readFile(new URL(`../initial/texts.${language}.json`, here), 'utf8'))['centre.withdraw'];
}

const {outputFiles} = await build({
  absWorkingDir: new URL(here).pathname,
  entryPoints: ['src/main.js'],
  bundle: true,
  minify: true,
  charset: 'utf8',
  format: 'iife',
  legalComments: 'none',
  target,
  define: {LANGUAGES: JSON.stringify(languages), WITHDRAW: JSON.stringify(withdraw)},
  plugins: [minifiedStyles],
  write: false,
});
const [{contents}] = outputFiles;

if (process.argv.includes('--check')) {
  const committed = await readFile(made).catch(() => Buffer.alloc(0));
  if (!committed.equals(contents)) {
    console.error('static/consent/v1/banner.js does not match consent/client/src: run npm run build there, and commit both.');
    process.exit(1);
  }
} else {
  await writeFile(made, contents);
}
