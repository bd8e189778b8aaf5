"""Splitting over HTTP."""

from flask import Blueprint

bp = Blueprint("splitting", __name__)
