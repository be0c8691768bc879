# SPDX-License-Identifier: MIT

# NUNCIO_MISSING(WHAT, DEBIAN-PACKAGE)
# Notes that something is missing, so that all of it is reported at once.
AC_DEFUN([NUNCIO_MISSING],
[nuncio_missing="$nuncio_missing
    $1: install $2"])

# NUNCIO_REPORT_MISSING
AC_DEFUN([NUNCIO_REPORT_MISSING],
[AS_IF([test -n "$nuncio_missing"], [AC_MSG_ERROR([missing:$nuncio_missing])])])

# NUNCIO_MODULE(PREFIX, PKG-CONFIG-MODULE, DEBIAN-PACKAGE)
# Sets PREFIX_CFLAGS and PREFIX_LIBS.
AC_DEFUN([NUNCIO_MODULE],
[PKG_CHECK_MODULES([$1], [$2], [], [NUNCIO_MISSING([$2], [$3])])])

# NUNCIO_ACCEPTED(VARIABLE, FLAGS)
# Appends to VARIABLE those of FLAGS that the C compiler accepts. -Werror, because clang only warns about
# what it does not know.
AC_DEFUN([NUNCIO_ACCEPTED],
[AC_SUBST([$1])
m4_foreach_w([nuncio_flag], [$2],
[AC_MSG_CHECKING([whether $CC accepts nuncio_flag])
nuncio_save_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS -Werror nuncio_flag"
AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
  [AC_MSG_RESULT([yes])
   $1="$$1 nuncio_flag"],
  [AC_MSG_RESULT([no])])
CFLAGS=$nuncio_save_CFLAGS
])])

# NUNCIO_COMPLETION_DIR(SHELL, DIRECTORY)
# Sets SHELL_COMPLETION_DIR: the directory below datadir, or what --with-SHELL-completion-dir says; "no": none.
AC_DEFUN([NUNCIO_COMPLETION_DIR], [
  AC_ARG_WITH([$1-completion-dir],
    [AS_HELP_STRING([--with-$1-completion-dir=DIR], [completion for $1, "no" for none @<:@DATADIR/$2@:>@])],
    [], [with_$1_completion_dir=yes])
  AS_CASE([$with_$1_completion_dir],
    [yes], [with_$1_completion_dir='${datadir}/$2'],
    [no], [with_$1_completion_dir=])
  AC_SUBST(m4_toupper([$1])[_COMPLETION_DIR], [$with_$1_completion_dir])
])
