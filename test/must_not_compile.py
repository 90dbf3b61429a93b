"""The snippets of must_not_compile/ build as they are, and do not with MUST_NOT_COMPILE: the line that the macro
lets in is what is refused, and not something else in the snippet."""
import host_build

folder = host_build.root / 'test' / 'must_not_compile'


def check(compiler, path):
    source = path.read_text()
    words = host_build.compile(compiler, source, '-fsyntax-only', '-std=c++20')
    if words:
        return f'does not build even without the wrong line:\n{words}'
    expected = source.splitlines()[0].removeprefix('// refused: ')
    words = host_build.compile(compiler, source, '-fsyntax-only', '-std=c++20', '-DMUST_NOT_COMPILE')
    if not words:
        return 'builds'
    if not any(reason in words for reason in expected.split(' | ')):
        return f'is refused for another reason than "{expected}":\n{words}'
    return ''


tried = host_build.each(check, [(compiler, path) for compiler in host_build.compilers for path in sorted(folder.glob('*.cpp'))])
host_build.finish([f'{path.name} with {compiler}: {words}' for (compiler, path), words in tried if words], f'{len(tried)} refusals')
