"""Every header, alone, with the host's flags: as C++20 with the first compiler and as C++23 with the last one. All of
them together with every compiler and standard, since what differs there is the language and not what a header
forgot to include. clang 14 has C++23 under its old name."""
import host_build


def check(compiler, standard, headers):
    source = ''.join(f'#include <{header.relative_to(host_build.include)}>\n' for header in headers) * 2
    return host_build.compile(compiler, source, '-fsyntax-only', f'-std={standard}')


builds = [(compiler, standard, host_build.headers) for compiler in host_build.compilers for standard in ('c++20', 'c++2b')]
for compiler, standard in zip([*host_build.compilers[:1], *host_build.compilers[-1:]], ('c++20', 'c++2b')):
    builds += [(compiler, standard, [header]) for header in host_build.headers]
tried = host_build.each(check, builds)
host_build.finish([f'{headers[0].name if len(headers) == 1 else "all"} with {compiler} -std={standard}:\n{words}'
                   for (compiler, standard, headers), words in tried if words], f'{len(tried)} builds')
