"""A wheel with compiled C, built in the test."""

import textwrap

from harness import clients, packages, wire
from harness.report import expect, scenario

SOURCE = """
    #define PY_SSIZE_T_CLEAN
    #include <Python.h>
    static PyObject *add(PyObject *self, PyObject *arguments) {
        long left, right;
        if (!PyArg_ParseTuple(arguments, "ll", &left, &right)) return NULL;
        return PyLong_FromLong(left + right);
    }
    static PyMethodDef methods[] = {{"add", add, METH_VARARGS, "The sum."}, {NULL, NULL, 0, NULL}};
    static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "MODULE", NULL, -1, methods};
    PyMODINIT_FUNC PyInit_MODULE(void) { return PyModule_Create(&module); }
"""


@scenario(
    "a wheel with a compiled C extension is built, uploaded by twine, installed by {} and imported", each=("pip", "uv")
)
def extension(world, installer):
    name = packages.fresh("compiled")
    module = packages.underscored(name)
    with clients.Workplace() as work:
        project = work.folder / "project"
        project.mkdir()
        (project / "module.c").write_text(textwrap.dedent(SOURCE).replace("MODULE", module))
        (project / "setup.py").write_text(
            f"from setuptools import Extension, setup\nsetup(name={name!r}, version='1.0', "
            f"ext_modules=[Extension({module!r}, ['module.c'])])\n"
        )
        (project / "pyproject.toml").write_text(packages.BACKENDS["setuptools"])
        work.run(clients.program("builder", "python"), "-m", "build", "--no-isolation", "--wheel", folder=project)
        wheel = next((project / "dist").glob("*.whl"))
        expect("linux" in wheel.name, f"{wheel.name} is not a wheel for this platform")
        work.run(
            clients.program("twine-7", "twine"),
            "upload",
            "--non-interactive",
            wheel,
            TWINE_USERNAME="__token__",
            TWINE_REPOSITORY_URL=world.server.upload_url,
            TWINE_PASSWORD=world.token,
        )
        expect(wheel.name in wire.listing(world.server, name), f"{wheel.name} is not listed")
        python = work.new_environment(client="pip")
        index = world.server.simple_url
        if installer == "pip":
            work.run(python, "-m", "pip", "install", "--index-url", index, name)
        else:
            work.run(clients.uv(), "pip", "install", "--python", python, "--default-index", index, name)
        found = work.imported(python, f"import {module}; print({module}.add(40, 2), {module}.__file__)")
        expect(found.startswith("42 ") and ".so" in found, found)
