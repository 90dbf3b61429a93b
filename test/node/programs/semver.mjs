import semver from 'semver';
import satisfies from 'semver/functions/satisfies.js';
console.log(semver.inc('1.2.3-beta.1', 'prerelease'), satisfies('1.2.3', '^1.1'), semver.sort(['2.0.0', '1.10.0', '1.9.0']));
