"""What pyproject.toml cannot say: setuptools names a wheel after what was to be built, and not after what was.

Where the kernel could not be compiled the wheel has no extension, and is one for every machine.
"""

import sysconfig
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel


class Wheel(bdist_wheel):
    def finalize_options(self) -> None:
        if sysconfig.get_config_var("Py_GIL_DISABLED"):
            # Without the GIL there is no limited API (https://github.com/python/cpython/issues/111506), and so no kernel.
            self.py_limited_api = False
        super().finalize_options()

    def run(self) -> None:
        self.run_command("build")
        if not any(Path(path).exists() for path in self.get_finalized_command("build_ext").get_outputs()):
            self.distribution.ext_modules = []
            self.root_is_pure = True
            self.py_limited_api = False
        super().run()


setup(cmdclass={"bdist_wheel": Wheel})
