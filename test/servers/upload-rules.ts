import { createHash } from 'node:crypto';
import { blake2b } from 'hash-wasm';
import { textFields, type Part } from './multipart.ts';

export type RegistryMode = 'pypi' | 'gitlab' | 'pypiserver' | 'nexus' | 'artifactory';

export interface StoredFile {
  readonly filename: string;
  readonly project: string;
  readonly version: string;
  readonly filetype: string;
  readonly requiresPython: string;
  readonly sha256: string;
  readonly blake2b256: string;
  readonly content: Buffer;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** What a registry makes of a form: a new file, a file that it has, or a refusal in its own words. */
export type Ruling =
  | { readonly store: StoredFile }
  | { readonly keep: StoredFile }
  | { readonly refuse: string; readonly taken?: true };

const normalize = (name: string) => name.replace(/[-_.]+/g, '-').toLowerCase();

/** The rules of each registry; each names its source. */
export async function judgeUpload(
  mode: RegistryMode,
  parts: readonly Part[],
  files: ReadonlyMap<string, StoredFile>,
): Promise<Ruling> {
  const fields = textFields(parts);
  const one = (name: string) => fields.find(([field]) => field === name)?.[1] ?? '';
  const content = parts.find(({ name, filename }) => name === 'content' && filename !== undefined);
  // All: warehouse forklift/legacy.py, pypiserver _app.py, GitLab lib/api/pypi_packages.rb (requires :content).
  if (content?.filename === undefined) return { refuse: 'Upload payload does not have a file.' };
  const { filename } = content;
  const file: StoredFile = {
    filename,
    project: one('name'),
    version: one('version'),
    filetype: one('filetype'),
    requiresPython: one('requires_python'),
    sha256: createHash('sha256').update(content.content).digest('hex'),
    blake2b256: await blake2b(content.content, 256),
    content: content.content,
    fields,
  };
  if (one(':action') !== 'file_upload') return { refuse: 'Unknown action' };
  const there = files.get(filename);
  switch (mode) {
    case 'pypi':
      return judgeForPypi(file, fields, files);
    case 'gitlab':
      // lib/api/pypi_packages.rb: requires :name, :version, :requires_python (may be blank), optional :sha256_digest.
      if (!fields.some(([name]) => name === 'requires_python'))
        return { refuse: 'requires_python is missing' };
      if (file.project === '' || !gitlabVersion.test(file.version)) return { refuse: 'version is invalid' };
      // app/models/packages/package_file.rb: file names are unique in a package, whatever their bytes.
      if (there !== undefined)
        return { refuse: 'Validation failed: File name has already been taken', taken: true };
      return { store: file };
    case 'pypiserver':
      // pypiserver/_app.py, file_upload(): names are checked, bytes are not.
      if (!/^[a-z0-9_.!+-]+$/i.test(filename)) return { refuse: `Bad filename: ${filename}` };
      if (there !== undefined) return { refuse: `Package '${filename}' already exists!`, taken: true };
      return { store: file };
    case 'nexus':
      // Sonatype's documentation, "Deployment policy: disable redeploy"; the words are those of twine issues 693 and 1044,
      // the later ones since its data base is PostgreSQL or H2. The same bytes are refused as others are.
      if (file.project === '' || file.version === '') return { refuse: 'Missing name or version' };
      if (there === undefined) return { store: file };
      return {
        refuse:
          there.sha256 === file.sha256
            ? 'Repository does not allow updating assets: pypi-hosted'
            : `pypi-hosted/packages/${normalize(file.project)}/${file.version}/${filename} cannot be updated`,
        taken: true,
      };
    case 'artifactory':
      // A user who may deploy but not delete: conan issue 6193, and twine issue 1251 for the words of later versions.
      if (file.project === '' || file.version === '') return { refuse: 'Missing name or version' };
      if (there === undefined) return { store: file };
      return {
        refuse:
          there.sha256 === file.sha256
            ? `Not enough permissions to overwrite artifact 'pypi-local:${filename}' (user 'ci' needs DELETE permission).`
            : `Not enough permissions to delete/overwrite all artifacts under 'pypi-local:${filename}' (user 'ci' needs DELETE permission).`,
        taken: true,
      };
  }
}

/** GitLab's documentation, "Ensure your version string is valid". */
const gitlabVersion =
  /^v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview)[-_.]?[0-9]*)?(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?$/i;

/** warehouse/forklift/legacy.py, file_upload(), in its order; metadata.py for the metadata version. */
function judgeForPypi(
  file: StoredFile,
  fields: StoredFile['fields'],
  files: ReadonlyMap<string, StoredFile>,
): Ruling {
  const all = (name: string) => fields.filter(([field]) => field === name).map(([, value]) => value);
  const [version = '', ...more] = all('metadata_version');
  if (all('protocol_version')[0] !== '1') return { refuse: 'Unknown protocol version.' };
  if (more.length > 0 || !/^(?:1\.[012]|2\.[0-5])$/.test(version))
    return { refuse: `'${version}' is not a valid metadata version` };
  if (file.project === '' || file.version === '') return { refuse: "'name' is a required field" };
  if (file.version.includes('+'))
    return { refuse: `The use of local versions in '${file.version}' is not allowed.` };
  if (file.filetype !== 'bdist_wheel' && file.filetype !== 'sdist')
    return { refuse: 'Use a known file type.' };
  const [pyversion = ''] = all('pyversion');
  if ((file.filetype === 'sdist') !== (pyversion === 'source'))
    return { refuse: "Use 'source' as Python version for an sdist." };
  const [ofFile = '', versionOfFile = ''] = file.filename.replace(/\.tar\.gz$/, '').split('-');
  if (normalize(ofFile) !== normalize(file.project) || versionOfFile !== file.version)
    return { refuse: `Filename '${file.filename}' does not match the metadata.` };
  const digests: readonly (readonly [string | undefined, string])[] = [
    [all('md5_digest')[0], createHash('md5').update(file.content).digest('hex')],
    [all('sha256_digest')[0], file.sha256],
    [all('blake2_256_digest')[0], file.blake2b256],
  ];
  if (digests.every(([sent]) => sent === undefined))
    return { refuse: 'Include at least one message digest.' };
  if (digests.some(([sent, computed]) => sent !== undefined && sent !== computed))
    return { refuse: 'The digest supplied does not match a digest calculated from the uploaded file.' };
  const there = files.get(file.filename);
  if (there?.sha256 === file.sha256) return { keep: there };
  const same = [...files.values()].find(({ blake2b256 }) => blake2b256 === file.blake2b256);
  const taken = there ?? same;
  if (taken !== undefined)
    return {
      refuse: `File already exists ('${taken.filename}', with blake2_256 hash '${taken.blake2b256}'). See https://pypi.org/help/#file-name-reuse for more information.`,
      taken: true,
    };
  const sdist = [...files.values()].some(
    (other) =>
      other.filetype === 'sdist' &&
      normalize(other.project) === normalize(file.project) &&
      other.version === file.version,
  );
  if (file.filetype === 'sdist' && sdist) return { refuse: 'Only one sdist may be uploaded per release.' };
  return { store: file };
}
