"""The writer of generated code: openapi-python-client parses the spec, our own templates are rendered.

Neither the Python interface of the library nor its templates are a public API, so it is pinned exactly, and whatever
it warns about or leaves out is an error here.
"""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

from .errors import GenerationError
from .spec.schema import Bundle, Node
from .view_classes import Enum, Model
from .views import Views

TEMPLATES = Path(__file__).parent / "templates"
LINE_LENGTH = "120"


def generate(spec: Bundle, package: Path) -> None:
    """Write `models/`, `resources/` and the sandbox's copy of the spec into the package.

    Raises:
        GenerationError: a part of the spec would be missing or wrong in the code.
    """
    config = Config.from_sources(
        ConfigFile(content_type_overrides={"application/pdf": "application/octet-stream"}, post_hooks=[]),
        MetaType.NONE,
        document_source=Path("openapi/moco.yaml"),
        file_encoding="utf-8",
        overwrite=True,
        output_path=package,
    )
    data = GeneratorData.from_dict(_without_all_of(spec), config=config)
    if isinstance(data, GeneratorError):
        raise GenerationError(f"{data.header}\n{data.detail}")
    project = MocoProject(spec=spec, openapi=data, config=config)
    if errors := project.build():
        raise GenerationError("\n".join(f"{error.header}\n{error.detail}" for error in errors))


def _without_all_of(spec: Bundle) -> Node:
    """A copy of the document without `allOf` in named schemas, which the library may change.

    The library mistakes a schema that only adds `required` to another one for that other one.
    """
    document = copy.deepcopy(spec.document)
    for schema in document["components"]["schemas"].values():
        if "allOf" in schema:
            schema["required"] = sorted(spec.required(schema))
            schema["properties"] = copy.deepcopy(spec.properties(schema))
            del schema["allOf"]
    return document


def spec_as_json(spec: Bundle) -> str:
    """The bundled spec as JSON, as the sandbox reads it."""
    return json.dumps(spec.document, ensure_ascii=False, indent=1, default=str) + "\n"


class MocoProject(Project):
    """A project with one module for each model and for each page of MOCO's docs, instead of each operation."""

    def __init__(self, *, spec: Bundle, openapi: GeneratorData, config: Config) -> None:
        super().__init__(openapi=openapi, config=config, custom_template_path=TEMPLATES)
        self.spec = spec
        self.views = Views(spec, openapi)
        self.env.undefined = StrictUndefined
        self.env.filters.update(quoted=json.dumps)

    def build(self) -> Sequence[GeneratorError]:
        """Generate the code, unless the library has reported errors; it leaves out what it cannot parse."""
        if errors := self._get_errors():
            return errors
        self.views.check_complete()
        self._build_models()
        self._build_api()
        self._run_post_hooks()
        return self._get_errors()

    def _build_models(self) -> None:
        folder = self._make_empty("models")
        for model in self.views.models:
            self._write(folder / f"{model.module}.py", "model.py.jinja", model=model)
        for enum in self.views.enums:
            self._write(folder / f"{enum.module}.py", "enum.py.jinja", enum=enum)
        named: list[Model | Enum] = sorted([*self.views.models, *self.views.enums], key=lambda view: view.name)
        self._write(folder / "__init__.py", "models_init.py.jinja", named=named)

    def _build_api(self) -> None:
        folder = self._make_empty("resources")
        for resource in self.views.resources:
            self._write(folder / f"{resource.name}.py", "resource.py.jinja", resource=resource)
        self._write(folder / "_resources.py", "resources.py.jinja", resources=self.views.resources)
        self._write(folder / "__init__.py", "resources_init.py.jinja")
        sandbox = self.package_dir / "sandbox"
        sandbox.mkdir(exist_ok=True)
        (sandbox / "openapi.json").write_text(spec_as_json(self.spec), encoding="utf-8")

    def _run_post_hooks(self) -> None:
        # Isolated from the rules of this repository, so that they do not affect generated code.
        folders = [str(self.package_dir / part) for part in ("models", "resources")]
        ruff = [sys.executable, "-m", "ruff"]
        for command in (
            [
                "check",
                "--isolated",
                "--fix-only",
                "--quiet",
                "--select",
                "I,F401",
                "--config",
                "lint.isort.split-on-trailing-comma=false",
            ],
            ["format", "--isolated", "--quiet", "--config", "format.skip-magic-trailing-comma=true"],
        ):
            options = ["--line-length", LINE_LENGTH, "--target-version", "py311"]
            done = subprocess.run([*ruff, *command, *options, *folders], capture_output=True, text=True, check=False)
            if done.returncode:
                raise GenerationError(f"ruff {command[0]} failed on the generated code:\n{done.stdout}{done.stderr}")

    def _make_empty(self, name: str) -> Path:
        folder = self.package_dir / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _write(self, path: Path, template: str, **values: Any) -> None:
        text = self.env.get_template(template).render(**values)
        if "object at 0x" in text:
            raise GenerationError(f"{template} rendered an object without a text into {path.name}")
        path.write_text(text, encoding="utf-8")
