/* What the files that know Python share. */
#ifndef SMALLPRINT_MODULE_H
#define SMALLPRINT_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Whether a buffer has n items of a size; else the error that says so. */
int has_items(const Py_buffer *buffer, Py_ssize_t n, Py_ssize_t size, const char *name);

/* module_breaks.c: whether a buffer is a lexicon, or empty; what breaks.h takes of it. */
int is_lexicon(const Py_buffer *lexicon);
const void *nodes_of(const Py_buffer *lexicon);

/* module_breaks.c and module_runs.c: each puts its functions into the module; -1 with an error set if that fails. */
int add_break_functions(PyObject *module);
int add_run_functions(PyObject *module);

#endif
