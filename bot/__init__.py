"""Zoetrope: turns words and pictures into short videos on Discord."""
