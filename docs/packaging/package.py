"""Spack's recipe for kdgrid: packages/kdgrid/package.py of a repository of one's own.

    spack repo create ~/recipes && mkdir -p ~/recipes/packages/kdgrid
    cp docs/packaging/package.py ~/recipes/packages/kdgrid/ && spack repo add ~/recipes
    spack dev-build kdgrid@main          # in a checkout
"""

from spack.package import *


class Kdgrid(CMakePackage):
    """Knowledge-distillation studies for biomedical text mining on a CPU cluster."""

    license("MIT")

    version("main")

    variant("onednn", default=True, description="faster products, bf16 and int8")

    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("openmpi@4:")
    depends_on("hdf5@1.10:~mpi")
    depends_on("openblas threads=none")
    depends_on("onednn@2.7:2", when="+onednn")
    depends_on("libconfig")
    depends_on("jansson")
    depends_on("libzip")
    depends_on("libmicrohttpd")
    depends_on("curl")
    depends_on("protobuf-c")
    depends_on("utf8proc")
    depends_on("xxhash")
    depends_on("zlib-api")
    depends_on("zstd")

    generator("ninja")

    def cmake_args(self):
        return [
            self.define("KD_TESTS", False),
            self.define_from_variant("KD_WITH_ONEDNN", "onednn"),
        ]

    def test_version(self):
        """the program starts and says what it is"""
        which(self.prefix.bin.kdgrid)("version")
